import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Reach } from '../../src/reach/reach.ts';
import type { ReachPod, ReachPolicy } from '../../src/reach/world.ts';
import { wouldLose } from '../../src/reach/would-lose.ts';
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

test.run();
