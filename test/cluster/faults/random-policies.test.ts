// suite: faults
// timeout: 480s
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findCondition } from '../../../src/api/conditions.ts';
import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import type { ContainerSecurityPolicy, PolicySpec } from '../../../src/api/policy.ts';
import { Reflector } from '../../../src/kube/cache/reflector.ts';
import { BY_NAMESPACE, byNamespace, Store } from '../../../src/kube/cache/store.ts';
import { Palisade, testLog } from '../../harness/palisade.ts';
import { sized } from '../../harness/size.ts';
import { until } from '../../harness/until.ts';
import { policySpecs } from './arbitrary.ts';

const POLICIES = sized(60, 10_000);
/** Larger ones wait less for their last. */
const BATCH = sized(60, 250);
const NAMESPACES = 10;
const DONE_MS = 120_000;

/** Of what stalls: what the cluster does not allow, which the API server says, or what the rules do not allow. */
const EXPECTED = ['EscalationRefused', 'NotComparable', 'TooManyOverlaps', 'SelectsNoPod'];

const palisade = await Palisade.open();
const prefixes = Array.from({ length: NAMESPACES }, (_, i) => `random-${i}`);
const namespaces = Object.values(await palisade.namespaces(prefixes));
await palisade.operator(...namespaces);
// A watch, since lists of all policies again and again would be most of the API server's work.
const policies = new Store<ContainerSecurityPolicy>({ indexers: byNamespace });
const ended = new AbortController();
const reflector = new Reflector({
  client: palisade.admin,
  resource: CONTAINER_SECURITY_POLICY,
  store: policies,
  log: testLog(),
});
const watching = reflector.run(ended.signal);
await reflector.synced;
test.after(async () => {
  ended.abort();
  await watching;
  await palisade.close();
});

const all = (): ContainerSecurityPolicy[] => namespaces.flatMap((ns) => policies.byIndex(BY_NAMESPACE, ns));

/** Ready, or Stalled, or suspended: no further change is expected. */
const verdictOf = ({ metadata, status }: ContainerSecurityPolicy): string | undefined => {
  const conditions = status?.conditions;
  const ready = findCondition(conditions, 'Ready');
  if (status?.observedGeneration !== metadata.generation || ready === undefined) return undefined;
  if (ready.status === 'True') return 'Ready';
  if (ready.reason === 'Suspended') return 'Suspended';
  const stalled = findCondition(conditions, 'Stalled');
  return stalled?.status === 'True' ? `Stalled: ${stalled.reason}` : undefined;
};

const told = ({ metadata, spec, status }: ContainerSecurityPolicy): string =>
  JSON.stringify({ namespace: metadata.namespace, name: metadata.name, spec, conditions: status?.conditions });

interface Named {
  readonly ns: string;
  readonly name: string;
  readonly spec: PolicySpec;
}

/** One after the other in a namespace: the API server would answer hundreds at once too late. */
const inEachNamespace = async (named: readonly Named[], work: (one: Named) => Promise<unknown>): Promise<void> => {
  await Promise.all(
    namespaces.map(async (ns) => {
      for (const one of named) if (one.ns === ns) await work(one);
    }),
  );
};

let batches = 0;
const verdicts = new Map<string, number>();

const holds = async (specs: readonly PolicySpec[]): Promise<void> => {
  batches += 1;
  const named = specs.map((spec, i) => ({ spec, ns: namespaces[i % NAMESPACES] ?? '', name: `p${batches}-${i}` }));
  await inEachNamespace(named, ({ ns, name, spec }) => palisade.apply(ns, name, spec));
  try {
    const undone = () => all().filter((policy) => verdictOf(policy) === undefined);
    const isDone = () => all().length === named.length && undone().length === 0;
    await until('each is Ready or Stalled', isDone, DONE_MS).catch(() => {
      assert.unreachable(
        `of ${named.length}, ${all().length} exist; neither Ready nor Stalled: ${undone().map(told).join('\n')}`,
      );
    });
    for (const policy of all()) {
      const verdict = verdictOf(policy) ?? '';
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      const [, reason] = verdict.split('Stalled: ');
      assert.ok(reason === undefined || EXPECTED.includes(reason), told(policy));
    }
  } finally {
    await inEachNamespace(named, ({ ns, name }) => palisade.deletePolicy(ns, name));
    await until('they are gone', () => all().length === 0, DONE_MS);
  }
};

test('each random policy comes into force or reports why not, and the API server accepts every generated object', async () => {
  // Without fast-check's shrinking: one attempt takes as long as a batch, and the message names the policy.
  const specs = fc.sample(policySpecs, { seed: 20_261_125, numRuns: POLICIES });
  for (let at = 0; at < POLICIES; at += BATCH) await holds(specs.slice(at, at + BATCH));
});

test('the random policies reached every verdict', () => {
  for (const verdict of ['Ready', 'Suspended', 'Stalled: EscalationRefused']) {
    assert.ok((verdicts.get(verdict) ?? 0) > 0, `${verdict} of ${JSON.stringify([...verdicts])}`);
  }
});

test.run();
