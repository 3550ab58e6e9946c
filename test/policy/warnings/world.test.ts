import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { KubeObject } from '../../../src/kube/object.ts';
import type { CachedPod } from '../../../src/operator/pods.ts';
import { toCachedPod } from '../../../src/operator/pods.ts';
import { type CachedWorkload, toCachedWorkload } from '../../../src/operator/workloads.ts';
import { createCaches } from '../../../src/policy/caches.ts';
import { toCachedChild } from '../../../src/policy/children/cached-child.ts';
import { toCachedNamespace } from '../../../src/policy/namespace.ts';
import { toCachedReachService } from '../../../src/policy/warnings/facts.ts';
import { buildWorld } from '../../../src/policy/warnings/world.ts';

const object = (kind: string, name: string, fields: object = {}, metadata: object = {}): KubeObject =>
  ({
    ...{ apiVersion: 'v1', kind, ...fields },
    metadata: { name, namespace: 'shop', uid: `${kind}-${name}`, resourceVersion: '1', ...metadata },
  }) as KubeObject;

const owned = (kind: string, name: string) => ({
  ownerReferences: [{ apiVersion: 'x/v1', kind, name, uid: name, controller: true }],
});
const template = (app: string) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }] }] },
});
const pod = (
  name: string,
  { labels = {}, ip = '', phase = 'Running', ...metadata }: Record<string, unknown> = {},
): CachedPod =>
  toCachedPod(
    object(
      'Pod',
      name,
      {
        spec: { containers: [{ name: 'c', image: 'i', ports: [{ name: 'http', containerPort: 8080 }] }] },
        status: { phase, ...(ip !== '' && { podIPs: [{ ip }] }) },
      },
      { labels, ...metadata },
    ),
  );
const ofDeployment = (name: string, more: object = {}) =>
  pod(name, { labels: { app: 'web', 'pod-template-hash': '5d8' }, ...owned('ReplicaSet', 'web-5d8'), ...more });

const caches = () => createCaches<CachedPod, CachedWorkload>();
const put = (into: ReturnType<typeof caches>, raw: KubeObject): void =>
  into.workloads[raw.kind]!.upsert(toCachedWorkload(raw));
const namesIn = async (of: ReturnType<typeof caches>) =>
  (await buildWorld(of, true)).world.pods.map(({ name, state, workload }) => [
    name,
    state,
    `${workload?.kind} ${workload?.name}`,
  ]);

test('replicas are one pod, with an address as soon as one of them has it', async () => {
  const all = caches();
  all.pods.upsert(ofDeployment('web-1', { phase: 'Running' }));
  all.pods.upsert(ofDeployment('web-2', { ip: '10.1.0.2' }));
  all.pods.upsert(ofDeployment('web-3', { ip: '10.1.0.3' }));
  const { world } = await buildWorld(all, true);
  assert.equal(world.pods, [
    {
      ...{ namespace: 'shop', name: 'web-2', labels: { app: 'web', 'pod-template-hash': '5d8' } },
      ports: [{ port: 8080, protocol: 'TCP', name: 'http' }],
      ...{ state: 'Running', addresses: ['10.1.0.2'], workload: { kind: 'Deployment', name: 'web' } },
    },
  ]);
});

test('pods that differ in what a warning depends on, and pods of nobody, are not one', async () => {
  const all = caches();
  for (const one of [ofDeployment('web-1'), ofDeployment('web-2', { phase: 'Failed' }), pod('a'), pod('b')])
    all.pods.upsert(one);
  const scraped = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9100' };
  all.pods.upsert(ofDeployment('web-3', { annotations: scraped }));
  const { world } = await buildWorld(all, true);
  assert.equal(
    world.pods.map(({ name }) => name),
    ['web-1', 'web-2', 'a', 'b', 'web-3'],
  );
  assert.equal(world.pods[4]?.scrapePorts, [9100]);
});

test('a workload without a living pod is there as planned, and a Job belongs to its CronJob', async () => {
  const all = caches();
  put(all, object('CronJob', 'report', { spec: { jobTemplate: { spec: { template: template('report') } } } }));
  put(all, object('Job', 'report-1', { spec: { template: template('report') } }, owned('CronJob', 'report')));
  put(all, object('Deployment', 'web', { spec: { template: template('web') } }));
  put(
    all,
    object('Job', 'done', {
      spec: { template: template('done') },
      status: { conditions: [{ type: 'Complete', status: 'True' }] },
    }),
  );
  assert.equal(await namesIn(all), [
    ['web', 'Planned', 'Deployment web'],
    ['report', 'Planned', 'CronJob report'],
    ['done', 'Finished', 'Job done'],
  ]);
  all.pods.upsert(ofDeployment('web-1'));
  all.pods.upsert(pod('report-1-x', { phase: 'Succeeded', ...owned('Job', 'report-1') }));
  assert.equal(await namesIn(all), [
    ['web-1', 'Running', 'Deployment web'],
    ['report-1-x', 'Finished', 'CronJob report'],
    ['report', 'Planned', 'CronJob report'],
    ['done', 'Finished', 'Job done'],
  ]);
});

const networkPolicy = (name: string, spec: object, metadata: object = {}) =>
  toCachedChild('NetworkPolicy')({ ...object('NetworkPolicy', name, { spec }, metadata) });

test('NetworkPolicies of others count as they are, and ours name their policy', async () => {
  const all = caches();
  const spec = { podSelector: { matchLabels: { app: 'db' } }, policyTypes: ['Ingress'] };
  all.children.NetworkPolicy.upsert(networkPolicy('legacy', spec));
  const policy = {
    apiVersion: 'security.palisade.dev/v1alpha1',
    kind: 'ContainerSecurityPolicy',
    name: 'books',
    uid: 'u',
    controller: true,
  };
  all.children.NetworkPolicy.upsert(networkPolicy('books-base-1', spec, { ownerReferences: [policy] }));
  const { world, large } = await buildWorld(all, true);
  assert.equal(world.policies, [
    { namespace: 'shop', name: 'legacy', spec },
    {
      namespace: 'shop',
      name: 'books-base-1',
      spec,
      origin: { namespace: 'shop', name: 'books', ingress: [], egress: [] },
    },
  ]);
  assert.is(large.size, 0);
});

test('rules that are too large to be kept allow everything, so that no warning is wrong, and their name is known', async () => {
  const all = caches();
  const from = Array.from({ length: 3000 }, (_, n) => ({ ipBlock: { cidr: `10.0.${n % 256}.0/24` } }));
  all.children.NetworkPolicy.upsert(
    networkPolicy('huge', { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from }] }),
  );
  const { world, large } = await buildWorld(all, true);
  assert.equal(world.policies[0]?.spec, { podSelector: {}, policyTypes: ['Ingress'], ingress: [{}] });
  assert.equal([...large], [['shop', 'huge']]);
});

test('namespaces have all their labels; a part of a cluster says that it is one', async () => {
  const all = caches();
  all.namespaces.upsert(
    toCachedNamespace(object('Namespace', 'data', {}, { namespace: undefined, labels: { team: 'a' } })),
  );
  all.services.upsert(
    toCachedReachService(
      object('Service', 'web', { spec: { selector: { app: 'web' }, clusterIP: '10.96.0.1', ports: [{ port: 80 }] } }),
    ),
  );
  const { world } = await buildWorld(all, false);
  assert.equal(world.namespaces, [{ name: 'data', labels: { team: 'a' } }]);
  assert.equal(world.services, [
    {
      namespace: 'shop',
      name: 'web',
      clusterIPs: ['10.96.0.1'],
      selector: { app: 'web' },
      ports: [{ port: 80, protocol: 'TCP' }],
    },
  ]);
  assert.is(world.partial, 'Readable');
  assert.is((await buildWorld(all, true)).world.partial, undefined);
});

test('the digest changes with the world, not with replicas, order or addresses', async () => {
  const digestOf = async (...pods: CachedPod[]) => {
    const all = caches();
    for (const one of pods) all.pods.upsert(one);
    return (await buildWorld(all, true)).digest;
  };
  const [web, other] = [ofDeployment('web-1'), pod('a')];
  const digest = await digestOf(web, other);
  assert.is(await digestOf(other, ofDeployment('web-9', { ip: '10.0.0.9' }), web), digest);
  assert.is.not(await digestOf(web), digest);
  assert.is.not(await digestOf(web, pod('a', { labels: { app: 'x' } })), digest);
});

test.run();
