import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpMethod, type KubeConfig, RequestContext } from '@kubernetes/client-node';
import type { Agent } from 'undici';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PODS } from '../../../src/kube/kinds.ts';
import { KubeClient } from '../../../src/kube/rest/client.ts';
import { NetworkError } from '../../../src/kube/rest/errors.ts';
import { KubeConfigError, loadKubeConfig, PooledKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { until } from '../../harness/until.ts';
import { json, type Loopback, loopback } from '../loopback.ts';

let folder: string;

const write = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};

const makeFolder = async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
};
const removeFolder = () => rm(folder, { recursive: true });

interface Parts {
  current?: string;
  cluster?: string;
  user?: string;
}

const kubeconfig = ({ current = 'one', cluster = 'c', user = 'u' }: Parts = {}) => `
apiVersion: v1
kind: Config
current-context: ${current}
clusters: [{name: c, cluster: {server: 'http://127.0.0.1:1', insecure-skip-tls-verify: true}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: one, context: {cluster: ${cluster}, user: ${user}}}, {name: two, context: {cluster: c, user: u}}]
`;

/** Runs with other environment variables, which is where client-node looks. */
async function withEnvironment(values: Record<string, string | undefined>, work: () => unknown): Promise<void> {
  const before = Object.fromEntries(Object.keys(values).map((name) => [name, process.env[name]]));
  const set = (all: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(all)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  set(values);
  try {
    await work();
  } finally {
    set(before);
  }
}

function refusal(path?: string): string {
  try {
    loadKubeConfig(path);
  } catch (error) {
    assert.instance(error, KubeConfigError);
    assert.not.match((error as Error).message, '\n');
    return (error as Error).message;
  }
  throw new Error('was not refused');
}

const loading = suite('loading');
loading.before(makeFolder);
loading.after(removeFolder);

loading('an explicit path wins over KUBECONFIG', async () => {
  const path = await write('good', kubeconfig());
  await withEnvironment({ KUBECONFIG: '/nowhere' }, () => {
    assert.is(loadKubeConfig(path).getCurrentCluster()?.server, 'http://127.0.0.1:1');
  });
});

loading('without a path KUBECONFIG counts, also with several files', async () => {
  const path = await write('good', kubeconfig());
  const other = await write(
    'other',
    kubeconfig()
      .replaceAll('name: c', 'name: d')
      .replaceAll('name: u', 'name: v')
      .replaceAll('name: one', 'name: three')
      .replaceAll('name: two', 'name: four'),
  );
  await withEnvironment({ KUBECONFIG: `${path}:${other}` }, () => {
    assert.equal(
      loadKubeConfig()
        .getContexts()
        .map((c) => c.name),
      ['one', 'two', 'three', 'four'],
    );
  });
});

loading('a missing file is named, with the cure', async () => {
  assert.is(refusal('/nowhere/config'), 'kubeconfig /nowhere/config cannot be read: name a kubeconfig that exists');
  await withEnvironment({ KUBECONFIG: '/nowhere/config' }, () => {
    assert.is(refusal(), 'kubeconfig /nowhere/config cannot be read: correct or unset KUBECONFIG');
  });
});

loading('a context that does not exist is named, with those that do', async () => {
  const path = await write('lost', kubeconfig({ current: 'gone' }));
  const cure = 'set current-context to one of: one, two';
  assert.is(refusal(path), `kubeconfig ${path}: context "gone" does not exist; ${cure}`);
});

loading('a kubeconfig without contexts is refused', async () => {
  const path = await write('empty', 'apiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts: []\n');
  assert.is(refusal(path), `kubeconfig ${path} has no contexts: name another file with --kubeconfig or KUBECONFIG`);
});

loading('a context that names nothing is refused', async () => {
  const noCluster = await write('no-cluster', kubeconfig({ cluster: 'x' }));
  assert.match(refusal(noCluster), 'context "one" names cluster "x", which the file does not define');
  const noUser = await write('no-user', kubeconfig({ user: 'x' }));
  assert.match(refusal(noUser), 'context "one" names user "x", which the file does not define');
});

loading('a file that is no kubeconfig is refused', async () => {
  for (const text of ['', '{', 'a: [', '42', 'apiVersion: v1']) {
    const path = await write('bad', text);
    assert.match(refusal(path), `kubeconfig ${path}`);
  }
});

loading('a missing kubeconfig is reported, not guessed', async () => {
  await withEnvironment({ KUBECONFIG: undefined, HOME: folder }, () => assert.match(refusal(), 'no kubeconfig'));
});

loading.run();

const pooling = suite('pooling');
const servers: Loopback[] = [];
pooling.before(makeFolder);
pooling.after(async () => {
  await removeFolder();
  for (const server of servers) await server.close();
});

/** PEM only by its look: the fingerprint reads the bytes, and the server speaks no TLS. */
async function pooled(
  user: object = { token: 'secret' },
): Promise<{ config: PooledKubeConfig; server: Loopback; ca: string }> {
  const server = await loopback((_, response) => json(response, 200, { metadata: {}, items: [] }));
  servers.push(server);
  const ca = await write(`ca-${servers.length}.pem`, 'first');
  const config = new PooledKubeConfig();
  const cluster = { name: 'c', server: server.url, skipTLSVerify: true, caFile: ca };
  config.loadFromClusterAndUser(cluster, { name: 'u', ...user });
  return { config, server, ca };
}

async function dispatcherOf(config: KubeConfig): Promise<Agent> {
  const context = new RequestContext('http://127.0.0.1/', HttpMethod.GET);
  await config.applySecurityAuthentication(context);
  return context.getDispatcher() as unknown as Agent;
}

pooling('requests one after the other share their connections', async () => {
  const { config, server } = await pooled();
  const client = new KubeClient(config);
  for (let i = 0; i < 50; i += 1) await client.list(PODS);
  assert.is(server.asked.length, 50);
  // undici takes a second one when the next request comes before the first connection is free again.
  assert.ok(server.connections() <= 2, `${server.connections()} connections`);
  await config.close();
});

pooling('the same credentials give the same dispatcher', async () => {
  const { config } = await pooled();
  const all = await Promise.all([dispatcherOf(config), dispatcherOf(config), dispatcherOf(config)]);
  assert.is(all[0], all[1]);
  assert.is(await dispatcherOf(config), all[0]);
});

pooling('another CA gives another dispatcher, and the old one closes', async () => {
  const { config, server, ca } = await pooled();
  const client = new KubeClient(config);
  await client.list(PODS);
  const old = await dispatcherOf(config);
  await writeFile(ca, 'second');
  const next = await dispatcherOf(config);
  assert.is.not(old, next);
  assert.is(await dispatcherOf(config), next);
  await client.list(PODS);
  await until('the old dispatcher to close', () => old.destroyed);
  assert.is(next.destroyed, false);
  await until('its connection to close', () => server.open() === 1);
});

pooling('a request that is running when the CA changes is finished', async () => {
  const { config, ca } = await pooled();
  let release: () => void = () => undefined;
  const slow = await loopback((_, response) => {
    release = () => json(response, 200, { metadata: {}, items: [] });
  });
  servers.push(slow);
  config.clusters = config.clusters.map((cluster) => ({ ...cluster, server: slow.url }));
  const running = new KubeClient(config).list(PODS);
  await until('the request', () => slow.asked.length === 1);
  await writeFile(ca, 'second');
  await dispatcherOf(config);
  await new Promise((resolve) => setTimeout(resolve, 20));
  release();
  assert.equal((await running).items, []);
});

pooling('a rotated token is used, and keeps the dispatcher', async () => {
  const { config, server } = await pooled({ authProvider: undefined, token: undefined });
  let token = 'old';
  config.addAuthenticator({
    isAuthProvider: () => true,
    applyAuthentication: async (_, options) => {
      options.headers = { ...options.headers, Authorization: `Bearer ${token}` };
    },
  });
  const client = new KubeClient(config);
  await client.list(PODS);
  const before = await dispatcherOf(config);
  token = 'new';
  await client.list(PODS);
  assert.equal(
    server.asked.map((one) => one.headers.authorization),
    ['Bearer old', 'Bearer new'],
  );
  assert.is(await dispatcherOf(config), before);
});

pooling('a token file is read', async () => {
  const tokenFile = await write('token', 'from-a-file');
  const { config, server } = await pooled({ authProvider: { name: 'tokenFile', config: { tokenFile } } });
  await new KubeClient(config).list(PODS);
  assert.is(server.asked[0]!.headers.authorization, 'Bearer from-a-file');
});

pooling('close ends the connections, for good', async () => {
  const { config, server } = await pooled();
  await new KubeClient(config).list(PODS);
  assert.is(server.open(), 1);
  await config.close();
  await until('no connection', () => server.open() === 0);
  const late = await new KubeClient(config).list(PODS).catch((error: unknown) => error);
  assert.instance(late, NetworkError);
  assert.is(server.asked.length, 1, 'a late request opens no new one');
});

pooling.run();
