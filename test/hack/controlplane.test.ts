// timeout: 1200s
// needs: cluster
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { AuthorizationV1Api, CoreV1Api, DiscoveryV1Api, KubeConfig, VersionApi } from '@kubernetes/client-node';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findBinaries } from '../../hack/controlplane/binaries.ts';
import { freePort } from '../../hack/controlplane/port.ts';
import { startControlPlane } from '../../hack/controlplane/start.ts';
import { temporaryDirectory } from './directory.ts';
import { eventually, processesMentioning } from './processes.ts';

const repository = join(import.meta.dirname, '../..');

function client(kubeconfig: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return config;
}

async function gone(directory: string): Promise<void> {
  await eventually(`${directory} is removed`, () => !existsSync(directory));
  await eventually(
    `no process of ${directory} is left`,
    async () => (await processesMentioning(directory)).length === 0,
  );
}

/** Runs a program that starts a control plane; resolves with its directory once it is ready. */
async function starter(args: string[], environment: NodeJS.ProcessEnv = {}): Promise<[ChildProcess, string]> {
  const child = spawn(process.execPath, args, {
    cwd: repository,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return [child, dirname(line.toString().trim().replace('export KUBECONFIG=', ''))];
}

test('the control plane is a real one, visible only to its owner, and leaves nothing behind', async () => {
  const plane = await startControlPlane({ auditLog: true });
  const config = client(plane.kubeconfig);
  assert.is((await stat(plane.kubeconfig)).mode & 0o777, 0o600);
  assert.is((await stat(plane.directory)).mode & 0o777, 0o700);
  assert.is(config.getCurrentCluster()?.skipTLSVerify, false);
  assert.is((await config.makeApiClient(VersionApi).getCode()).gitVersion, 'v1.36.3');

  const slices = await config.makeApiClient(DiscoveryV1Api).listNamespacedEndpointSlice({ namespace: 'default' });
  assert.equal(slices.items[0]?.endpoints?.[0]?.addresses, ['192.0.2.1']);

  const core = config.makeApiClient(CoreV1Api);
  const service = await core.readNamespacedService({ namespace: 'default', name: 'kubernetes' });
  assert.is(service.spec?.clusterIP, '10.96.0.1');
  const token = await core.createNamespacedServiceAccountToken({
    namespace: 'default',
    name: 'default',
    body: { spec: { audiences: [] } } as never,
  });
  config.users[0] = { name: config.users[0]!.name, token: token.status?.token ?? '' };
  const review = await config.makeApiClient(AuthorizationV1Api).createSelfSubjectAccessReview({
    body: { spec: { resourceAttributes: { verb: 'create', resource: 'pods', namespace: 'default' } } },
  });
  assert.is(review.status?.allowed, false);

  const audited = (await readFile(plane.auditLog!, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.ok(audited.some(({ level, user }) => level === 'Metadata' && user.username === 'palisade-test-admin'));

  await plane.stop();
  await plane.stop();
  assert.is(existsSync(plane.directory), false);
  await gone(plane.directory);
});

test('the audit log may be written elsewhere, with the requests of some users only', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'audit.log');
  const users = ['system:kube-controller-manager'];
  const plane = await startControlPlane({ auditLog: { path, users } });
  assert.is(plane.auditLog, path);
  await client(plane.kubeconfig).makeApiClient(CoreV1Api).listNamespace();
  await plane.stop();
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  assert.equal([...new Set(lines.map((line) => JSON.parse(line).user.username))], users);
});

test('the API server can be restarted on its port with its objects', async () => {
  const plane = await startControlPlane();
  try {
    const core = client(plane.kubeconfig).makeApiClient(CoreV1Api);
    await core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'kept' } } });
    await plane.stopApiServer();
    assert.ok(await core.listNamespace().catch((error) => error instanceof Error));
    await plane.startApiServer();
    assert.is((await core.readNamespacedConfigMap({ namespace: 'default', name: 'kept' })).metadata?.name, 'kept');
  } finally {
    await plane.stop();
  }
});

test('a port that another process took is replaced', async () => {
  const somebody = createServer();
  somebody.listen(0, '127.0.0.1');
  await once(somebody, 'listening');
  const { port } = somebody.address() as { port: number };
  const ports = [port, await freePort()];
  const plane = await startControlPlane({ choosePort: async () => ports.shift()! });
  assert.equal(ports, []);
  await plane.stop();
  somebody.close();
  assert.is(existsSync(`${plane.directory}-kube-apiserver.log`), false);
});

/** The log that a failed start leaves behind; the test removes it. */
async function keptLog(message: string): Promise<string> {
  const path = /The end of its log \((\S+)\):/.exec(message)?.[1] ?? 'no path in the message';
  const text = await readFile(path, 'utf8');
  await rm(path);
  return text;
}

test('a component that does not start is named, with the end and the path of its log', async () => {
  const error = await startControlPlane({ apiServerFlags: ['--no-such-flag'] }).catch((cause) => cause);
  assert.match(error.message, /^kube-apiserver ended with 1 before it was ready\. The end of its log \(/);
  assert.match(error.message, /unknown flag: --no-such-flag/);
  assert.match(await keptLog(error.message), /unknown flag: --no-such-flag/);
});

test('a component that never becomes ready is named, and every started process is gone', async () => {
  await using directory = await temporaryDirectory();
  const silent = join(directory.path, 'kube-apiserver');
  await writeFile(silent, '#!/bin/sh\necho about to hang\nexec sleep 600\n', { mode: 0o755 });
  const binaries = { ...(await findBinaries()), 'kube-apiserver': silent };
  const error = await startControlPlane({ binaries, readyMs: 1_000 }).catch((cause) => cause);
  assert.match(error.message, /^kube-apiserver was not ready within 1 s\. The end of its log \(\S+\):\nabout to hang$/);
  const started = /\((\S+)-kube-apiserver\.log\)/.exec(error.message)?.[1] ?? '';
  assert.is(await keptLog(error.message), 'about to hang\n');
  await gone(started);
});

test('the control plane ends with a starter that is killed', async () => {
  const script = `
    import { startControlPlane } from './hack/controlplane/start.ts';
    console.log((await startControlPlane()).kubeconfig);
    setInterval(() => {}, 1000);`;
  const [child, directory] = await starter(['--input-type=module', '-e', script]);
  assert.is((await processesMentioning(directory)).length, 4);
  child.kill('SIGKILL');
  await gone(directory);
});

test('the control plane ends with a starter that throws', async () => {
  const script = `
    import { startControlPlane } from './hack/controlplane/start.ts';
    console.log((await startControlPlane()).kubeconfig);
    throw new Error('unexpected');`;
  const [, directory] = await starter(['--input-type=module', '-e', script]);
  await gone(directory);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`npm run cluster ends with status 0 on ${signal} and leaves nothing behind`, async () => {
    const [child, directory] = await starter(['hack/cluster.ts'], { USE_EXISTING_CLUSTER: 'false' });
    child.kill(signal);
    const [status] = await once(child, 'exit');
    assert.is(status, 0);
    await gone(directory);
  });
}

test('an existing cluster without a kubeconfig is an error with the cure', async () => {
  const environment = { ...process.env, USE_EXISTING_CLUSTER: 'true', KUBECONFIG: '/nowhere/config' };
  const child = spawn(process.execPath, ['hack/cluster.ts'], { cwd: repository, env: environment });
  let output = '';
  child.stderr.on('data', (data) => {
    output += data;
  });
  const [status] = await once(child, 'close');
  assert.is(status, 1);
  assert.is(
    output,
    'USE_EXISTING_CLUSTER=true, but there is no kubeconfig at /nowhere/config: set KUBECONFIG, or unset USE_EXISTING_CLUSTER for an embedded control plane\n',
  );
});

test('an existing cluster keeps running', async () => {
  const plane = await startControlPlane();
  try {
    const existing = { USE_EXISTING_CLUSTER: 'true', KUBECONFIG: plane.kubeconfig };
    const [child, directory] = await starter(['hack/cluster.ts'], existing);
    assert.is(directory, plane.directory);
    child.kill('SIGTERM');
    await once(child, 'exit');
    assert.is((await client(plane.kubeconfig).makeApiClient(VersionApi).getCode()).gitVersion, 'v1.36.3');
  } finally {
    await plane.stop();
  }
});

test('an existing cluster that does not respond is named', async () => {
  const plane = await startControlPlane();
  const kubeconfig = await readFile(plane.kubeconfig, 'utf8');
  await plane.stop();
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'config');
  await writeFile(path, kubeconfig);
  const environment = { ...process.env, USE_EXISTING_CLUSTER: 'true', KUBECONFIG: path };
  const child = spawn(process.execPath, ['hack/cluster.ts'], { cwd: repository, env: environment });
  let output = '';
  child.stderr.on('data', (data) => {
    output += data;
  });
  const [status] = await once(child, 'close');
  assert.is(status, 1);
  assert.match(output, `USE_EXISTING_CLUSTER=true, but ${plane.server} of ${path} does not answer (`);
  assert.match(output, 'ECONNREFUSED');
});

test.run();
