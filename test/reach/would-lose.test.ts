import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { workloadName } from '../../src/reach/naming.ts';
import { portText } from '../../src/reach/ports.ts';
import { Reach } from '../../src/reach/reach.ts';
import { representatives } from '../../src/reach/representatives.ts';
import type { ReachPod, ReachPolicy } from '../../src/reach/world.ts';
import { WouldLose, wouldLose } from '../../src/reach/would-lose.ts';
import { partlyKnown } from './arbitrary-world.ts';
import { app, netpol, pod, world } from './worlds.ts';

const deployment = (path: string, more: Partial<ReachPod> = {}): ReachPod =>
  pod(path, { workload: { kind: 'Deployment', name: path.slice(path.indexOf('/') + 1) }, ...more });
const METRICS = { port: 9100, name: 'metrics', protocol: 'TCP' } as const;
const QUIET = { ports: [] };

const losses = (pods: ReachPod[], policies: ReachPolicy[], existing: ReachPolicy[] = []): string[] =>
  wouldLose(
    new Reach(world({ pods, policies: existing })),
    new Reach(world({ pods, policies: [...existing, ...policies] })),
    'shop',
  );

const closed = netpol('shop/closed', { policyTypes: ['Ingress'] });

test('ports of the same clients are one sentence, and the most exposed workload comes first', () => {
  const web = deployment('shop/web', { ports: [{ port: 8080, protocol: 'TCP' }, METRICS] });
  const api = deployment('shop/api', { ports: [METRICS] });
  const client = deployment('data/client', QUIET);
  const onlyWeb = netpol('shop/api', { podSelector: app('api'), ingress: [{ from: [{ podSelector: app('web') }] }] });
  assert.equal(losses([web, api, client], [closed], [onlyWeb]), [
    'Deployment shop/web would no longer be reachable at ports 8080 and 9100 from Deployment data/client and Deployment shop/api',
  ]);
  assert.equal(losses([web, api, client], [onlyWeb]), [
    'Deployment shop/api would no longer be reachable at port 9100 from Deployment data/client',
  ]);
});

test('many clients are named by their namespaces', () => {
  const clients = Array.from({ length: 6 }, (_, n) => deployment(`${n < 3 ? 'data' : 'other'}/client-${n}`, QUIET));
  assert.equal(losses([deployment('shop/web'), ...clients], [closed]), [
    'Deployment shop/web would no longer be reachable at port 8080 from 6 workloads of namespaces data and other',
  ]);
});

test('replicas count as one workload, and lose each other', () => {
  const replicas = ['web-1', 'web-2'].map((name) =>
    pod(`shop/${name}`, { labels: { app: 'web' }, workload: { kind: 'Deployment', name: 'web' } }),
  );
  assert.equal(losses([...replicas, deployment('data/client', QUIET)], [closed]), [
    'Deployment shop/web would no longer be reachable at port 8080 from Deployment data/client',
  ]);
});

test('connections that the namespace opens to others', () => {
  const db = deployment('data/db', { ports: [{ port: 53, protocol: 'UDP' }] });
  assert.equal(losses([deployment('shop/web', QUIET), db], [netpol('shop/none', { policyTypes: ['Egress'] })]), [
    'Deployment shop/web could no longer connect to Deployment data/db at port 53/UDP',
  ]);
});

test('nothing is lost that was denied before, of finished pods, or on the host network', () => {
  const web = deployment('shop/web');
  const client = deployment('data/client', QUIET);
  assert.equal(losses([web, client], [closed], [netpol('shop/before', { policyTypes: ['Ingress'] })]), []);
  assert.equal(losses([{ ...web, hostNetwork: true }, client], [closed]), []);
  assert.equal(losses([{ ...web, state: 'Finished' }, client], [closed]), []);
  assert.equal(losses([web, client], [netpol('shop/open', { ingress: [{}] })]), []);
});

/** Asks for one connection after the other. */
const oneByOne = (before: Reach, after: Reach, namespace: string): Map<string, Set<string>> => {
  const lost = new Map<string, Set<string>>();
  const pods = representatives(before, before.world.pods);
  for (const from of pods) {
    for (const to of pods.filter((one) => one.namespace === namespace || from.namespace === namespace)) {
      for (const { port, protocol } of to.ports) {
        const [was, would] = [before, after].map((reach) => reach.verdict(from, to, { port, protocol }).allowed);
        if (was === 'No' || would !== 'No') continue;
        const [own, other, word] = to.namespace === namespace ? [to, from, 'from'] : [from, to, 'to'];
        const key = `${workloadName(own)} ${word} ${portText({ port, protocol })}`;
        lost.set(key, (lost.get(key) ?? new Set()).add(workloadName(other)));
      }
    }
  }
  return lost;
};

/** The same read from sentences; fewer than six workloads are named one by one. */
const parsed = (sentences: readonly string[]): Map<string, Set<string>> => {
  const lost = new Map<string, Set<string>>();
  const list = (text: string): string[] => text.split(/, | and /);
  for (const sentence of sentences) {
    const [, own, ports, from] = /^(.*) would no longer be reachable at ports? (.*) from (.*)$/.exec(sentence) ?? [];
    const [, source, to, at] = /^(.*) could no longer connect to (.*) at ports? (.*)$/.exec(sentence) ?? [];
    for (const port of list(ports ?? at ?? '')) {
      const key = `${own ?? source} ${own === undefined ? 'to' : 'from'} ${port}`;
      lost.set(key, new Set([...(lost.get(key) ?? []), ...list(from ?? to ?? '')]));
    }
  }
  return lost;
};

/** Sentences about opened connections name ports and workloads, not which workload has which port. */
const merged = (lost: Map<string, Set<string>>): Record<string, string[]> => {
  const to = Map.groupBy(lost, ([key]) => (key.includes(' to ') ? key.slice(0, key.indexOf(' to ')) : ''));
  const opened = [...to].filter(([own]) => own !== '');
  return {
    ...Object.fromEntries((to.get('') ?? []).map(([key, names]) => [key, [...names].sort()])),
    ...Object.fromEntries(
      opened.map(([own, of]) => [`${own} to`, [...new Set(of.flatMap(([, names]) => [...names]))].sort()]),
    ),
    ...Object.fromEntries(
      opened.map(([own, of]) => [`${own} at`, of.map(([key]) => key.slice(key.lastIndexOf(' ') + 1)).sort()]),
    ),
  };
};

test('what is lost in random worlds is what single verdicts say, also of one index for several previews', () => {
  let found = 0;
  fc.assert(
    fc.property(partlyKnown, fc.constantFrom('a', 'b', 'c'), fc.nat(2), ({ known }, namespace, alike) => {
      const pods = known.pods.map((one, n) =>
        n <= alike ? { ...one, workload: { kind: 'Job', name: `w-${one.namespace}` } } : one,
      );
      const world = { ...known, pods };
      const others = world.policies.filter((one) => one.namespace !== namespace);
      const before = new Reach({ ...world, policies: others }, world.policies);
      const all = before.with(world.policies);
      const none = before.with([]);
      for (const [was, is] of [
        [before, all],
        [all, before],
        [none, all],
      ] as const) {
        const expected = merged(oneByOne(was, is, namespace));
        found += Object.keys(expected).length;
        assert.equal(merged(parsed(new WouldLose(was).in(namespace, is))), expected);
      }
      const separate = wouldLose(new Reach(before.world), new Reach(all.world), namespace);
      assert.equal(separate, wouldLose(before, all, namespace));
    }),
    { numRuns: 150, seed: 16 },
  );
  assert.ok(found > 100, `${found}`);
});

test('policies that the index was not made with are refused', () => {
  const reach = new Reach(world({ pods: [deployment('shop/web')] }));
  const other = netpol('shop/other', { ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }] });
  assert.throws(() => reach.with([other]), /the index was made without ipBlock 10\.0\.0\.0\/8/);
});

test.run();
