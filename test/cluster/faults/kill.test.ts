// suite: faults
// timeout: 600s
// An operator that is killed again and again, while policies are created, changed and deleted.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OperatorProcess } from '../../../hack/operator-process.ts';
import { FINALIZER } from '../../../src/api/keys.ts';
import type { NetworkSection, PolicySpec } from '../../../src/api/policy.ts';
import { parseDnsPeers } from '../../../src/policy/sections/network/dns.ts';
import { renderNetwork } from '../../../src/policy/sections/network/render.ts';
import { isolatesNothing } from '../../../src/policy/sections/network/without-effect.ts';
import { Palisade } from '../../harness/palisade.ts';
import { sized } from '../../harness/size.ts';
import { until } from '../../harness/until.ts';
import { histories } from '../../policy/sections/network/arbitrary.ts';
import { storable } from './arbitrary.ts';
import { FlowRecorder, judgeFlows } from './flows.ts';
import { isCollected, snapshot } from './snapshot.ts';

const KILLS = sized(4, 100);
const SEED = 20_261_125;
const NAMESPACES = 6;
/** Of src/policy in arbitrary.ts. */
const DNS = 'kube-system/app=dns:53';
const CONTEXT = { dnsPeers: parseDnsPeers(DNS), apiServer: [] };
/** Within which most of what waited is done. */
const LONGEST_MS = 400;
const DONE_MS = 60_000;

const palisade = await Palisade.open();
const directory = await mkdtemp(join(tmpdir(), 'palisade-kill-'));
const prefixes = Array.from({ length: NAMESPACES }, (_, i) => `killed-${i}`);
const killed = Object.values(await palisade.namespaces(prefixes));
const spared = Object.values(await palisade.namespaces(prefixes.map((p) => p.replace('killed', 'spared'))));
const recorders = await Promise.all(killed.map((ns) => FlowRecorder.start(palisade.admin, ns)));
const running: OperatorProcess[] = [];

test.after(async () => {
  await Promise.all(running.map((operator) => operator.stop()));
  await palisade.close();
  await rm(directory, { recursive: true });
});

const start = async (...namespaces: string[]): Promise<OperatorProcess> => {
  const operator = await OperatorProcess.start({
    kubeconfig: palisade.operatorKubeconfig,
    namespaces,
    log: join(directory, `operator-${running.length}.log`),
    flags: { 'dns-peers': DNS, 'report-dir': join(directory, 'reports'), 'trivy-db-repository': '127.0.0.1:1/none' },
  });
  running.push(operator);
  return operator;
};

/** A pseudo-random number from 0 to below 1, the same in every run. */
const random = (() => {
  let state = SEED;
  return (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
})();
const oneOf = <T>(choices: readonly [T, ...T[]]): T => choices[Math.floor(random() * choices.length)] as T;

/** The addresses of the API server are another thing in every cluster. */
const withoutApiServer = ({ allow: { apiServer: _, ...allow } = {}, ...section }: NetworkSection): NetworkSection => ({
  ...section,
  allow,
});
/** Becomes Ready. */
const isApplied = (section: NetworkSection): boolean => {
  try {
    renderNetwork({ name: 'p', namespace: 'n' }, section, CONTEXT);
    return isolatesNothing(section) === undefined;
  } catch {
    return false;
  }
};
/** Neighbours share pods and rules, as versions of one policy do. */
const sections = fc
  .sample(histories, { seed: SEED, numRuns: 40 })
  .flat()
  .map(withoutApiServer)
  .map(storable)
  .filter(isApplied);

const bind = (profile: 'viewer' | 'deployer'): PolicySpec['access'] & object => ({
  bindings: [{ profile, subjects: [{ kind: 'Group', name: 'shop' }] }],
});
let versions = 0;
const nextSpec = (): PolicySpec => {
  versions += 1;
  const section = sections[versions % sections.length];
  return {
    ...(random() < 0.9 && section && { network: section }),
    ...(random() < 0.5 && { podSecurity: { level: oneOf(['baseline', 'restricted']) } }),
    ...(random() < 0.7 && { access: bind(oneOf(['viewer', 'deployer'])) }),
    ...(random() < 0.3 && { scan: {} }),
  };
};

/** Creates, changes or deletes the policy of a namespace. */
const change = async (ns: string): Promise<void> => {
  if (random() < 0.2) await palisade.deletePolicy(ns, 'p');
  else await palisade.apply(ns, 'p', nextSpec());
};

const states = (): number => recorders.reduce((sum, recorder) => sum + recorder.states, 0);

const isThere = (ns: string): Promise<boolean> =>
  palisade.policy(ns, 'p').then(
    () => true,
    () => false,
  );

test('the operator is killed at random moments while policies are created, changed and deleted', async () => {
  let going = true;
  const changing = (async () => {
    while (going) {
      await change(oneOf(killed as [string, ...string[]]));
      await new Promise((resolve) => setTimeout(resolve, 20 + random() * 80));
    }
  })();
  try {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = states();
      const operator = await start(...killed);
      // Half of the times at work for sure, however slow the machine is.
      if (kill % 2 === 0) await until('the operator has written', () => states() > before, DONE_MS);
      await new Promise((resolve) => setTimeout(resolve, random() * LONGEST_MS));
      process.kill(operator.pid, 'SIGKILL');
      assert.is(await operator.exit(), 'SIGKILL');
    }
  } finally {
    going = false;
    await changing;
  }
});

test('the end state is the same as without kills, and nothing is left over', async () => {
  await start(...killed, ...spared);
  const [deleted = '', ...kept] = killed;
  await palisade.deletePolicy(deleted, 'p');
  await Promise.all(
    kept.map(async (ns, i) => {
      const { metadata } = await palisade.policy(ns, 'p').catch(() => ({ metadata: { deletionTimestamp: undefined } }));
      if (metadata.deletionTimestamp !== undefined)
        await until('it is gone', async () => !(await isThere(ns)), DONE_MS);
      const spec = nextSpec();
      await palisade.apply(ns, 'p', spec);
      await palisade.apply(spared[i + 1] ?? '', 'p', spec);
    }),
  );
  await until('it is gone', async () => !(await isThere(deleted)), DONE_MS);
  for (const ns of kept) await palisade.ready(ns, 'p');
  for (const ns of spared.slice(1)) await palisade.ready(ns, 'p');
  for (const ns of killed)
    await until('children without a policy are garbage-collected', () => isCollected(palisade, ns), DONE_MS);
  for (const [i, ns] of killed.entries()) {
    const expected = await snapshot(palisade, spared[i] ?? '');
    const same = async () => JSON.stringify(await snapshot(palisade, ns)) === JSON.stringify(expected);
    await until(`${ns} matches ${spared[i]}`, same, DONE_MS).catch(() => {});
    assert.equal(await snapshot(palisade, ns), expected);
  }
});

const WEB = { protocol: 'TCP' as const, port: 80 };
const OLD = { protocol: 'TCP' as const, port: 53 };
const NEW = { protocol: 'UDP' as const, port: 80 };
const NEITHER = { protocol: 'UDP' as const, port: 53 };

const section = (port: typeof OLD | typeof NEW): NetworkSection => ({
  isolate: ['Ingress'],
  allow: { ingress: [{ from: [{ anywhere: true }], ports: [WEB, port] }] },
});
const OLD_BASE = renderNetwork({ name: 'p', namespace: 'n' }, section(OLD), CONTEXT).policies[0]?.spec;
const READY = { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True' }] };

type Step = readonly [
  type: 'ADDED' | 'MODIFIED' | 'DELETED',
  kind: 'policy' | 'its',
  content: object,
  metadata?: object,
];

/** Violations in the history of one policy and its only NetworkPolicy; their resource versions are 1, 2, 3... */
const judge = (steps: readonly Step[]): string[] => {
  const ownerReferences = [{ apiVersion: 'v1', kind: 'K', name: 'p', uid: 'policy' }];
  const events = steps.map(([type, kind, content, more = {}], i) => {
    const metadata = { name: 'p', namespace: 'n', uid: kind, generation: 1, resourceVersion: `${i + 1}`, ...more };
    const [its, owned] = kind === 'its' ? ['NetworkPolicy', { ownerReferences }] : ['ContainerSecurityPolicy', {}];
    return { type, object: { apiVersion: 'v1', kind: its, metadata: { ...metadata, ...owned, ...more }, ...content } };
  });
  return judgeFlows(events, CONTEXT).wrong.map((what) => what.replace(/:.*/, ''));
};

const OLD_IN_FORCE: readonly Step[] = [
  ['ADDED', 'policy', { spec: { network: section(OLD) } }],
  ['ADDED', 'its', { spec: OLD_BASE }],
  ['MODIFIED', 'policy', { spec: { network: section(OLD) }, status: READY }],
];

/** Of a policy that lets WEB and OLD in and then WEB and NEW, when in between its NetworkPolicy has these rules. */
const judgeBetween = (ingress: readonly object[]): string[] =>
  judge([
    ...OLD_IN_FORCE,
    ['MODIFIED', 'policy', { spec: { network: section(NEW) }, status: READY }, { generation: 2 }],
    ['MODIFIED', 'its', { spec: { ...OLD_BASE, ingress } }],
  ]);

test('the flow check detects a cut flow and an opened flow', () => {
  assert.equal(judgeBetween([{ ports: [WEB] }]), []);
  assert.equal(judgeBetween([{ ports: [WEB, OLD, NEW] }]), []);
  assert.equal(judgeBetween([{ ports: [OLD] }]), ['MODIFIED p (5) cuts what old and new policy allow']);
  assert.equal(judgeBetween([]), ['MODIFIED p (5) cuts what old and new policy allow']);
  assert.equal(judgeBetween([{ ports: [WEB, NEITHER] }]), ['MODIFIED p (5) opens what neither allows']);
  assert.equal(judgeBetween([{}]), ['MODIFIED p (5) opens what neither allows']);
});

test('leftovers of a policy fail the check, unless the API server did not wait for its finalizer', () => {
  const made = (last: object): string[] =>
    judge([
      ...OLD_IN_FORCE,
      ['DELETED', 'policy', { spec: { network: section(OLD) } }, last],
      ['MODIFIED', 'its', { spec: OLD_BASE }],
      ['DELETED', 'its', { spec: OLD_BASE }],
    ]);
  const cuts = ['MODIFIED p (5) cuts what old and new policy allow'];
  const finalizers = [FINALIZER];
  assert.equal(made({}), cuts);
  assert.equal(made({ finalizers, deletionTimestamp: '2026-11-25T12:00:00Z' }), cuts);
  assert.equal(made({ finalizers }), []);
  // One with a second owner loses only the reference.
  const unheld = ['DELETED', 'policy', { spec: { network: section(OLD) } }, { finalizers }] as const;
  const released = ['MODIFIED', 'its', { spec: OLD_BASE }, { ownerReferences: [] }] as const;
  assert.equal(judge([...OLD_IN_FORCE, unheld, released]), []);
  assert.equal(judge([...OLD_IN_FORCE, ['DELETED', 'policy', unheld[2], {}], released]), cuts);
});

test('no flow that both policies allow was ever cut, and none that neither allows was ever opened', async () => {
  const judged = await Promise.all(recorders.map(async (recorder) => judgeFlows(await recorder.stop(), CONTEXT)));
  assert.equal(
    judged.flatMap(({ wrong }) => wrong),
    [],
  );
  const seen = judged.reduce((sum, { states }) => sum + states, 0);
  assert.ok(seen > KILLS / 2, `only ${seen} states were seen`);
});

test.run();
