import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NAMESPACES, NETWORK_POLICIES, PODS } from '../../../src/kube/kinds.ts';
import type { Applied, KubeObject } from '../../../src/kube/object.ts';
import { KubeClient } from '../../../src/kube/rest/client.ts';
import { classify, type ErrorClass } from '../../../src/kube/rest/errors.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { testCluster } from '../../harness/controlplane.ts';
import { until } from '../../harness/until.ts';
import { CONFIG_MAPS, type ConfigMap, configMap, freshNamespace } from './kinds.ts';

const config = loadKubeConfig(await testCluster());
const client = new KubeClient(config);
const fieldManager = 'kube-test';
let namespace: string;
let remove: () => Promise<void>;

const begin = async () => {
  ({ name: namespace, remove } = await freshNamespace(client));
};
const end = () => remove();

async function failureOf(work: Promise<unknown>): Promise<ErrorClass> {
  try {
    await work;
  } catch (error) {
    return classify(error);
  }
  throw new Error('did not fail');
}

const requests = suite('requests');
requests.before(begin);
requests.after(end);

requests('an object from its creation to its deletion', async () => {
  const body = configMap(namespace, 'life', { a: '1' });
  const created = await client.create<ConfigMap>(CONFIG_MAPS, body, { namespace, fieldManager });
  assert.equal(created.data, { a: '1' });
  const patched = await client.patch<ConfigMap>(
    CONFIG_MAPS,
    'life',
    { data: { b: '2' } },
    { namespace, type: 'merge' },
  );
  assert.equal(patched.object.data, { a: '1', b: '2' });
  const steps = [{ op: 'remove', path: '/data/a' }];
  await client.patch(CONFIG_MAPS, 'life', steps, { namespace, type: 'json' });
  assert.equal((await client.get<ConfigMap>(CONFIG_MAPS, 'life', namespace)).data, { b: '2' });
  await client.delete(CONFIG_MAPS, 'life', { namespace, uid: created.metadata.uid });
  assert.is(await failureOf(client.get(CONFIG_MAPS, 'life', namespace)), 'NotFound');
  await client.delete(CONFIG_MAPS, 'life', { namespace, uid: created.metadata.uid });
});

requests('a list in pages is the whole list, and its items have their kind', async () => {
  for (let i = 0; i < 5; i += 1) {
    const body = { ...configMap(namespace, `page-${i}`), metadata: { name: `page-${i}`, labels: { page: 'yes' } } };
    await client.create(CONFIG_MAPS, body, { namespace });
  }
  const names: string[] = [];
  let next: string | undefined;
  let pages = 0;
  do {
    const options = { namespace, labelSelector: 'page=yes', limit: 2, continue: next };
    const page = await client.list<ConfigMap>(CONFIG_MAPS, options);
    for (const item of page.items) {
      assert.equal([item.apiVersion, item.kind], ['v1', 'ConfigMap']);
      names.push(item.metadata.name);
    }
    next = page.metadata.continue;
    pages += 1;
  } while (next);
  assert.equal(names, ['page-0', 'page-1', 'page-2', 'page-3', 'page-4']);
  assert.is(pages, 3);
});

requests('dry-run changes nothing', async () => {
  await client.create(CONFIG_MAPS, configMap(namespace, 'dry'), { namespace, dryRun: true });
  const applied = await client.apply(CONFIG_MAPS, configMap(namespace, 'dry'), { fieldManager, dryRun: true });
  assert.is(applied.created, true);
  assert.is(await failureOf(client.get(CONFIG_MAPS, 'dry', namespace)), 'NotFound');
});

requests('an unknown field is refused in every write', async () => {
  const body = { ...configMap(namespace, 'strict'), dataa: {} };
  assert.is(await failureOf(client.create(CONFIG_MAPS, body, { namespace })), 'Invalid');
  assert.is(await failureOf(client.apply(CONFIG_MAPS, body, { fieldManager })), 'Invalid');
  await client.create(CONFIG_MAPS, configMap(namespace, 'strict'), { namespace });
  assert.is(
    await failureOf(client.patch(CONFIG_MAPS, 'strict', { dataa: {} }, { namespace, type: 'merge' })),
    'Invalid',
  );
});

requests("the Pod Security warnings about a namespace's pods are returned", async () => {
  const serviceAccounts = { ...PODS, plural: 'serviceaccounts', kind: 'ServiceAccount' };
  await until('the default ServiceAccount', () =>
    client.get(serviceAccounts, 'default', namespace).then(
      () => true,
      () => false,
    ),
  );
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'x' }] },
  };
  await client.create(PODS, pod, { namespace });
  const patch = { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } };
  // The API server's own list of pods may be a moment behind.
  let warnings: readonly string[] = [];
  await until('the warnings', async () => {
    ({ warnings } = await client.patch(NAMESPACES, namespace, patch, { type: 'merge', dryRun: true }));
    return warnings.length > 0;
  });
  assert.is(warnings.length, 2);
  assert.is(
    warnings[0],
    `existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "restricted:latest"`,
  );
  assert.match(warnings[1]!, /^p: allowPrivilegeEscalation != false, unrestricted capabilities,/);
});

requests('a watch receives every event', async () => {
  const { metadata } = await client.list(CONFIG_MAPS, { namespace });
  const stop = new AbortController();
  const options = { namespace, allowWatchBookmarks: true, timeoutSeconds: 30, signal: stop.signal };
  await client.create(CONFIG_MAPS, configMap(namespace, 'seen'), { namespace });
  await client.delete(CONFIG_MAPS, 'seen', { namespace });
  const types: string[] = [];
  for await (const event of client.watch(CONFIG_MAPS, { ...options, resourceVersion: metadata.resourceVersion })) {
    types.push(event.type);
    if (event.type === 'DELETED') break;
  }
  assert.equal(types, ['ADDED', 'DELETED']);
});

requests.run();

// Behavior that Palisade relies on; recorded here so that a new API server cannot change it unnoticed.
const applying = suite('server-side apply');
applying.before(begin);
applying.after(end);

const policy = (name: string, spec: object, metadata: object = {}): Applied => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace, ...metadata },
  spec,
});
const applyPolicy = (body: Applied, force = true) =>
  client.apply<KubeObject & { spec: object }>(NETWORK_POLICIES, body, { fieldManager, force });
const isolated = { podSelector: {}, policyTypes: ['Ingress'] };
const opened = { spec: { ingress: [{}] } };

applying('the first time creates, the same again changes nothing', async () => {
  const body = policy('same', isolated);
  const first = await applyPolicy(body);
  const second = await applyPolicy(body);
  assert.equal([first.created, second.created], [true, false]);
  assert.is(second.object.metadata.resourceVersion, first.object.metadata.resourceVersion);
});

applying('null owns an empty list: foreign rules go, and repeating it changes nothing', async () => {
  const body = policy('null', { ...isolated, ingress: null });
  const first = await applyPolicy(body);
  assert.equal(first.object.spec, isolated);
  await client.patch(NETWORK_POLICIES, 'null', opened, { namespace, type: 'merge', fieldManager: 'somebody' });
  assert.is(await failureOf(applyPolicy(body, false)), 'FieldManagerConflict');
  const repaired = await applyPolicy(body);
  assert.equal(repaired.object.spec, isolated);
  const again = await applyPolicy(body);
  assert.is(again.object.metadata.resourceVersion, repaired.object.metadata.resourceVersion);
});

applying('leaving the field out does not repair, and an empty list changes the object every time', async () => {
  await applyPolicy(policy('trap', isolated));
  await client.patch(NETWORK_POLICIES, 'trap', opened, { namespace, type: 'merge', fieldManager: 'somebody' });
  const omitted = await applyPolicy(policy('trap', isolated));
  assert.equal(omitted.object.spec, { ...isolated, ingress: [{}] });
  const first = await applyPolicy(policy('trap', { ...isolated, ingress: [] }));
  const second = await applyPolicy(policy('trap', { ...isolated, ingress: [] }));
  assert.is.not(second.object.metadata.resourceVersion, first.object.metadata.resourceVersion);
});

applying('with a uid no object is recreated, and no other object changes', async () => {
  const { object } = await applyPolicy(policy('uid', isolated));
  const body = policy('uid', isolated, { uid: object.metadata.uid });
  await applyPolicy(body);
  await client.delete(NETWORK_POLICIES, 'uid', { namespace });
  assert.is(await failureOf(applyPolicy(body)), 'Conflict');
  assert.is(await failureOf(client.get(NETWORK_POLICIES, 'uid', namespace)), 'NotFound');
  const anew = await applyPolicy(policy('uid', isolated));
  assert.is(await failureOf(applyPolicy(body)), 'Conflict');
  await client.delete(NETWORK_POLICIES, 'uid', { namespace, uid: object.metadata.uid });
  const live = await client.get<KubeObject>(NETWORK_POLICIES, 'uid', namespace);
  assert.is(live.metadata.uid, anew.object.metadata.uid, 'the delete was for the old object');
});

applying('a finalizer comes and goes with its manager, others stay', async () => {
  const name = 'finalizers';
  await client.create(
    CONFIG_MAPS,
    { ...configMap(namespace, name), metadata: { name, finalizers: ['example.com/other'] } },
    { namespace },
  );
  const apply = async (finalizers?: string[]) => {
    const metadata = { name, namespace, ...(finalizers && { finalizers }) };
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
    const { object } = await client.apply<KubeObject>(CONFIG_MAPS, body, { fieldManager });
    return object.metadata.finalizers;
  };
  assert.equal(await apply(['example.com/ours']), ['example.com/other', 'example.com/ours']);
  assert.equal(await apply(), ['example.com/other']);
  await client.patch(CONFIG_MAPS, name, { metadata: { finalizers: null } }, { namespace, type: 'merge' });
});

applying.after(() => config.close());
applying.run();
