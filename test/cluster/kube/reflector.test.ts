// suite: all, faults
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Reflector } from '../../../src/kube/cache/reflector.ts';
import type { ReflectorOptions } from '../../../src/kube/cache/reflector-options.ts';
import { Store } from '../../../src/kube/cache/store.ts';
import { KubeClient } from '../../../src/kube/rest/client.ts';
import { loadKubeConfig, type PooledKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { privateControlPlane, testCluster } from '../../harness/controlplane.ts';
import { isLong } from '../../harness/size.ts';
import { until } from '../../harness/until.ts';
import { spyLog } from '../../kube/spy-log.ts';
import { CONFIG_MAPS, type ConfigMap, configMap, freshNamespace } from './kinds.ts';
import { proxyInFrontOf } from './tcp-proxy.ts';

const path = await testCluster();
const config = loadKubeConfig(path);
const client = new KubeClient(config);
let namespace: string;
let remove: () => Promise<void>;

/** A reflector with its own connection, while `client` above writes on another one. */
async function reflecting(
  options: Partial<ReflectorOptions<ConfigMap>> = {},
  own: PooledKubeConfig = loadKubeConfig(path),
) {
  const store = new Store<ConfigMap>();
  const { log, lines } = spyLog();
  const relists: string[] = [];
  const metrics = { relisted: (resource: string) => relists.push(resource), watching: () => () => undefined };
  const reflector = new Reflector<ConfigMap>({
    // Short, because a request may get an idle connection that is as dead as the watch's.
    client: new KubeClient(own, { timeoutMs: 2000 }),
    resource: CONFIG_MAPS,
    fieldSelector: 'metadata.name!=kube-root-ca.crt',
    ...{ namespace, store, log, metrics, backoff: { baseMs: 10, maxMs: 100 } },
    ...options,
  });
  const stop = new AbortController();
  const done = reflector.run(stop.signal);
  const end = async () => {
    stop.abort();
    await done;
    await own.close();
  };
  await reflector.synced;
  return { store, lines, relists, end };
}

const write = (name: string, data: Record<string, string> = {}) =>
  client.apply(CONFIG_MAPS, configMap(namespace, name, data), { fieldManager: 'kube-test', force: true });
const drop = (name: string) => client.delete(CONFIG_MAPS, name, { namespace });
const names = (store: Store<ConfigMap>) =>
  store
    .keys()
    .map((key) => key.split('/')[1])
    .sort();

const following = suite('following');
following.before.each(async () => {
  ({ name: namespace, remove } = await freshNamespace(client));
});
following.after.each(() => remove());

following('a list in pages, and the events after it', async () => {
  for (let i = 0; i < 7; i += 1) await write(`c${i}`);
  const { store, end, lines } = await reflecting({ pageSize: 3 });
  assert.equal(names(store), ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6']);
  assert.is(store.list()[0]?.kind, 'ConfigMap');
  await drop('c0');
  await write('c1', { a: '1' });
  await write('c7');
  await until('the events', () => store.get(`${namespace}/c7`));
  assert.equal(names(store), ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7']);
  assert.equal(store.get(`${namespace}/c1`)?.data, { a: '1' });
  assert.equal(lines, []);
  await end();
});

following('objects that are too large for a page together come in smaller pages', async () => {
  for (let i = 0; i < 7; i += 1) await write(`c${i}`, { text: 'x'.repeat(i % 2 === 0 ? 100_000 : 10) });
  const { store, end, lines } = await reflecting({ pageSize: 7, maxBytes: 250_000 });
  assert.equal(names(store), ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6']);
  assert.equal(lines, []);
  await end();
});

following('a watch that the server ends is resumed without a new list', async () => {
  const { store, end, relists, lines } = await reflecting({ watchTimeoutSeconds: 1 });
  for (let i = 0; i < 4; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 600));
    await write(`c${i}`);
    await until(`c${i}`, () => store.get(`${namespace}/c${i}`));
  }
  assert.is(relists.length, 1);
  assert.equal(
    lines.filter((line) => line.level !== 'debug'),
    [],
  );
  await end();
});

following('events during a cut connection arrive without a new list', async () => {
  const own = loadKubeConfig(path);
  const proxy = await proxyInFrontOf(own);
  const { store, end, relists } = await reflecting({}, own);
  await write('before');
  await until('before', () => store.get(`${namespace}/before`));
  for (let i = 0; i < 3; i += 1) {
    proxy.cut();
    await write(`cut${i}`);
    await drop('before');
    await until(`cut${i}`, () => store.get(`${namespace}/cut${i}`));
  }
  assert.equal(names(store), ['cut0', 'cut1', 'cut2']);
  assert.is(relists.length, 1);
  await end();
  await proxy.close();
});

following('a silent connection is detected and replaced', async () => {
  const own = loadKubeConfig(path);
  const proxy = await proxyInFrontOf(own);
  const { store, end, lines } = await reflecting({ idleTimeoutMs: 1500 }, own);
  await write('before');
  await until('before', () => store.get(`${namespace}/before`));
  proxy.silence();
  await write('unheard');
  await until('the missed event', () => store.get(`${namespace}/unheard`));
  assert.ok(lines.some((line) => String(line.why).includes('silent')));
  await end();
  await proxy.close();
});

following("the API server's response to a write may be stored at once", async () => {
  const { store, end } = await reflecting();
  const changes: string[] = [];
  store.subscribe(({ type }) => changes.push(type));
  const { object } = await client.apply<ConfigMap>(CONFIG_MAPS, configMap(namespace, 'mine'), {
    fieldManager: 'kube-test',
  });
  store.upsert(object);
  assert.is(store.get(`${namespace}/mine`)?.metadata.uid, object.metadata.uid);
  await write('later');
  await until('a later event', () => store.get(`${namespace}/later`));
  assert.equal(changes, ['Added', 'Added'], 'an event about a known state changes nothing');
  await end();
});

following.after(() => config.close());
following.run();

// A control plane of its own.
const restarting = suite('restarting');

restarting('a restart of the API server loses nothing', async () => {
  const plane = await privateControlPlane();
  const own = loadKubeConfig(plane.kubeconfig);
  const writer = new KubeClient(own);
  namespace = 'default';
  await writer.create(CONFIG_MAPS, configMap(namespace, 'before'), { namespace });
  await writer.create(CONFIG_MAPS, configMap(namespace, 'gone'), { namespace });
  const { store, end, lines } = await reflecting({}, loadKubeConfig(plane.kubeconfig));
  assert.equal(names(store), ['before', 'gone']);
  await plane.stopApiServer();
  await until('the failure is logged', () => lines.some((line) => line.failure === 'Network'));
  await plane.startApiServer();
  await writer.delete(CONFIG_MAPS, 'gone', { namespace });
  await writer.create(CONFIG_MAPS, configMap(namespace, 'after'), { namespace });
  await until('both changes', () => names(store).join() === 'after,before');
  assert.ok(
    lines.some((line) => line.failure === 'Expired'),
    'a restarted server has forgotten the version, and responds with 410 inside the watch',
  );
  await end();
  await own.close();
  await plane.stop();
});

if (isLong) restarting.run();
