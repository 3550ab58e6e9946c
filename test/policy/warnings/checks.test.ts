import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PolicySpec, PolicyStatus } from '../../../src/api/policy.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { type CachedPod, toCachedPod } from '../../../src/operator/pods.ts';
import type { CachedWorkload } from '../../../src/operator/workloads.ts';
import { createCaches, type PolicyCaches } from '../../../src/policy/caches.ts';
import { toCachedChild } from '../../../src/policy/children/cached-child.ts';
import { toWarnings } from '../../../src/policy/status/warnings.ts';
import type { CheckInput } from '../../../src/policy/warnings/check.ts';
import { NetworkChecks, toCheck } from '../../../src/policy/warnings/checks.ts';
import { FakeClock } from '../../kube/fake-clock.ts';
import { spyLog } from '../../kube/spy-log.ts';
import { policyOf } from '../policy.ts';

const FOUND = toWarnings([{ reason: 'OneSided', message: 'm' }]);
const STEP_MS = 100;
const COUNTS = { policies: 1, ingressRules: 0, egressRules: 0 };

const pod = (name: string, version: string, labels: Record<string, string>, phase = 'Running'): CachedPod =>
  toCachedPod({
    ...{
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'team-a', uid: name, resourceVersion: version, labels },
    },
    ...{ spec: { containers: [{ name: 'c', image: 'i' }] }, status: { phase } },
  } as KubeObject);

const policy = (version: string, spec: PolicySpec, status?: PolicyStatus, generation = 1) => {
  const base = policyOf(spec);
  return { ...base, metadata: { ...base.metadata, resourceVersion: version, generation }, ...(status && { status }) };
};

/** Checks whose result is FOUND for every policy, and which take as long as the test says. */
const start = async ({ spec = { network: {} } as PolicySpec, readServices = [''], takesMs = 0 } = {}) => {
  const caches = createCaches<CachedPod, CachedWorkload>();
  for (const name of readServices) caches.readServices.add(name);
  caches.policies.upsert(policy('1', spec, { network: COUNTS }));
  const clock = new FakeClock();
  const inputs: CheckInput[] = [];
  const queued: string[] = [];
  const facts = { current: { context: { dnsPeers: [], apiServer: [] } } as never, subscribe: () => () => {} };
  let takes = takesMs;
  let fails = false;
  const checks = new NetworkChecks({
    ...{ caches, facts, clock, log: spyLog().log, reservedNamespaces: ['kube-*'], isWhole: true },
    run: async (input) => {
      inputs.push(input);
      if (fails) throw new Error('out of order');
      if (takes > 0) await new Promise<void>((resolve) => void clock.after(takes, resolve));
      return new Map(input.policies.map(({ uid }) => [uid, { network: FOUND, preview: {} }]));
    },
  });
  const stop = checks.connect({ add: (key) => void queued.push(key) });
  /** Lets a time pass, and the slices in which a world is built. */
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= STEP_MS) {
      await clock.advance(Math.min(left, STEP_MS));
      for (let n = 0; n < 20; n++) await clock.advance(0);
    }
  };
  const setup = {
    takes: (ms: number) => {
      takes = ms;
    },
    fails: (does: boolean) => {
      fails = does;
    },
  };
  return { caches, checks, clock, inputs, queued, pass, stop, ...setup };
};

const only = (caches: Pick<PolicyCaches, 'policies'>) => caches.policies.list()[0]!;

test('a policy whose status lacks what was found is reconciled, once', async () => {
  const { caches, checks, queued, pass, inputs } = await start();
  assert.is(checks.of(only(caches)), undefined, 'before the first check');
  await pass(1000);
  assert.equal([inputs.length, queued], [1, ['team-a/payments']]);
  assert.equal(checks.of(only(caches)), { network: FOUND, preview: {} });
  caches.policies.upsert(policy('2', { network: {} }, { network: { ...COUNTS, ...FOUND } }));
  await pass(60_000);
  assert.equal([inputs.length, queued.length], [1, 1], 'its own status is no reason to check');
});

test('after a restart nothing is reconciled when the status says what is found', async () => {
  const { caches, queued, pass, inputs } = await start();
  caches.policies.upsert(policy('2', { network: {} }, { network: { ...COUNTS, ...FOUND } }));
  await pass(60_000);
  assert.equal([inputs.length, queued], [1, []]);
});

test('a status that was computed before the check and comes after it is found', async () => {
  const { caches, queued, pass } = await start();
  caches.policies.upsert(policy('2', { network: {} }));
  await pass(1000);
  assert.equal(queued, [], 'no status yet');
  caches.policies.upsert(policy('3', { network: {} }, { network: COUNTS }));
  assert.equal(queued, ['team-a/payments']);
});

test('a result is of one spec', async () => {
  const { caches, checks, pass } = await start();
  await pass(1000);
  caches.policies.upsert(policy('2', { network: { isolate: ['Ingress'] } }, { network: COUNTS }, 2));
  assert.is(checks.of(only(caches)), undefined);
  await pass(1000);
  assert.equal(checks.of(only(caches))?.network, FOUND);
});

const object = (kind: string, name: string, fields: object): KubeObject =>
  ({
    apiVersion: 'v1',
    kind,
    metadata: { name, namespace: 'team-a', uid: name, resourceVersion: '5' },
    ...fields,
  }) as KubeObject;

test('it checks again when the world changes, and not for a heartbeat', async () => {
  const { caches, inputs, pass } = await start();
  await pass(1000);
  const checksAfter = async (change: () => void): Promise<number> => {
    const before = inputs.length;
    change();
    await pass(5000);
    return inputs.length - before;
  };
  assert.is(await checksAfter(() => caches.pods.upsert(pod('a', '1', { app: 'a' }))), 1, 'a pod');
  assert.is(await checksAfter(() => caches.pods.upsert(pod('a', '2', { app: 'a' }))), 0, 'its heartbeat');
  assert.is(await checksAfter(() => caches.pods.upsert(pod('a', '3', { app: 'b' }))), 1, 'its labels');
  assert.is(await checksAfter(() => caches.pods.upsert(pod('a', '4', { app: 'b' }, 'Failed'))), 1, 'its end');
  const networkPolicy = toCachedChild('NetworkPolicy')({
    ...object('NetworkPolicy', 'n', { spec: { podSelector: {} } }),
  });
  assert.is(
    await checksAfter(() => caches.children.NetworkPolicy.upsert(networkPolicy)),
    1,
    'a NetworkPolicy of others',
  );
  assert.is(await checksAfter(() => caches.pods.resync()), 0, 'a resync');
  assert.is(await checksAfter(() => caches.policies.resync()), 0, 'a resync of policies');
  assert.is(await checksAfter(() => caches.pods.remove(pod('a', '9', {}))), 1, 'its deletion');
});

test('changes during a check are checked after it; pods pause it fifty times as long as it took', async () => {
  const { caches, inputs, pass } = await start({ takesMs: 700 });
  await pass(1000);
  caches.pods.upsert(pod('a', '1', {}));
  await pass(700);
  assert.is(inputs.length, 1);
  await pass(34_900);
  assert.is(inputs.length, 1);
  await pass(200);
  assert.is(inputs.length, 2);
  assert.equal(
    inputs[1]?.world.pods.map(({ name }) => name),
    ['a'],
  );
});

test('a change of rules pauses it ten times as long as it took, also when pods changed before', async () => {
  const { caches, inputs, pass } = await start({ takesMs: 700 });
  await pass(1700);
  caches.pods.upsert(pod('a', '1', {}));
  await pass(3000);
  caches.policies.upsert(policy('2', { network: { isolate: ['Ingress'] } }, { network: COUNTS }, 2));
  await pass(3900);
  assert.is(inputs.length, 1);
  await pass(200);
  assert.is(inputs.length, 2);
  await pass(60_000);
  assert.is(inputs.length, 2, 'one check for both');
});

test('a change is checked within a minute, unless a check takes more than a third of it', async () => {
  const { caches, inputs, takes, pass } = await start({ takesMs: 8000 });
  await pass(1000);
  caches.pods.upsert(pod('a', '1', {}));
  await pass(8000 + 43_900);
  assert.is(inputs.length, 1);
  takes(25_000);
  await pass(200);
  assert.is(inputs.length, 2, 'the second check ends a minute after the change');
  caches.pods.upsert(pod('b', '1', {}));
  await pass(25_000 + 24_800);
  assert.is(inputs.length, 2);
  await pass(300);
  assert.is(inputs.length, 3, 'a pause as long as the check');
});

test('without the right to read Services nothing is checked, and the reason has the cure', async () => {
  const { caches, checks, inputs, pass } = await start({ readServices: ['other'] });
  await pass(1000);
  assert.equal(inputs[0]?.policies, []);
  assert.match(
    checks.of(only(caches))?.network.unchecked ?? '',
    /^the operator may not read Services: grant list and watch/,
  );
  caches.readServices.add('team-a');
  caches.pods.upsert(pod('a', '1', {}));
  await pass(60_000);
  assert.equal(checks.of(only(caches))?.network, FOUND);
});

test('a check that fails is tried again with the next change, and keeps the results', async () => {
  const { caches, checks, fails, pass } = await start();
  await pass(1000);
  fails(true);
  caches.pods.upsert(pod('a', '1', {}));
  await pass(60_000);
  assert.equal(checks.of(only(caches))?.network, FOUND);
});

test('a stop ends it: no timer is left, and changes do nothing', async () => {
  const { caches, clock, inputs, stop, pass } = await start();
  stop();
  assert.is(clock.pending, 0);
  caches.pods.upsert(pod('a', '1', {}));
  await pass(60_000);
  assert.is(inputs.length, 0);
});

const NETWORK = { isolate: ['Ingress' as const] };
const rows: [what: string, spec: PolicySpec, expected: object | undefined][] = [
  ['rules in force', { network: NETWORK }, { network: NETWORK }],
  ['mode Audit', { mode: 'Audit', network: NETWORK }, { previewed: NETWORK }],
  ['a proposal', { network: {}, proposed: { network: NETWORK } }, { network: {}, previewed: NETWORK }],
  ['a proposal to have none', { network: NETWORK, proposed: {} }, { network: NETWORK, previewed: null }],
  ['no rules', { podSecurity: { level: 'baseline' } }, undefined],
  ['no rules in mode Audit', { mode: 'Audit' }, undefined],
  ['a suspended policy', { network: NETWORK, suspend: true }, undefined],
];
for (const [what, spec, expected] of rows) {
  test(`what is checked of ${what}`, () => {
    const { uid: _, namespace: __, name: ___, ...sections } = toCheck(policyOf(spec), []) ?? ({} as never);
    assert.equal(sections, expected ?? {});
  });
}

test('nothing is checked in a reserved namespace', () => {
  assert.is(toCheck(policyOf({ network: {} }), ['team-*']), undefined);
});

test.run();
