// suite: faults
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { writeOperatorKubeconfig } from '../../../hack/install.ts';
import { OperatorProcess } from '../../../hack/operator-process.ts';
import { LEASES } from '../../../src/kube/kinds.ts';
import { holderOf, type Lease } from '../../../src/kube/leaderelection/lease.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { privateControlPlane } from '../../harness/controlplane.ts';
import { type Asked, FaultyProxy } from '../../harness/faulty-proxy.ts';
import { applyFolder } from '../../harness/kustomize.ts';
import { Palisade } from '../../harness/palisade.ts';
import { longTest } from '../../harness/size.ts';
import { until } from '../../harness/until.ts';

const NAMESPACE = 'palisade-system';
const TAKEN_OVER_MS = 60_000;

const controlPlane = await privateControlPlane({ auditLog: true });
const palisade = await Palisade.open(controlPlane.kubeconfig);
await applyFolder({ admin: palisade.admin, kubeconfig: controlPlane.kubeconfig }, 'config/manager');
const ns = await palisade.namespace('election');
const directory = await mkdtemp(join(tmpdir(), 'palisade-election-'));
const replicas: OperatorProcess[] = [];

test.after(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await palisade.close();
  await controlPlane.stop();
  await rm(directory, { recursive: true });
});

/** A replica with a token of its own, by which the audit log identifies the writer. */
const start = async (): Promise<OperatorProcess> => await startWith(await newKubeconfig());

const newKubeconfig = async (): Promise<string> => {
  const path = join(directory, `replica-${replicas.length}.kubeconfig`);
  const config = loadKubeConfig(controlPlane.kubeconfig);
  await writeOperatorKubeconfig(palisade.admin, config, path);
  await config.close();
  return path;
};

const startWith = async (kubeconfig: string): Promise<OperatorProcess> => {
  const replica = await OperatorProcess.start({
    kubeconfig,
    namespaces: [ns],
    log: join(directory, `replica-${replicas.length}.log`),
    flags: {
      'leader-elect': 'true',
      'leader-elect-lease-duration': '4s',
      'leader-elect-renew-deadline': '3s',
      'leader-elect-retry-period': '1s',
    },
  });
  replicas.push(replica);
  return replica;
};

const replicaBehindProxy = async (): Promise<FaultyProxy> => {
  const path = await newKubeconfig();
  const through = loadKubeConfig(path);
  const proxy = await FaultyProxy.inFrontOf(through);
  await writeFile(path, through.exportConfig());
  await through.close();
  await startWith(path);
  return proxy;
};

const end = async (replica: OperatorProcess | undefined, signal: NodeJS.Signals): Promise<number | string> => {
  if (replica === undefined) throw new Error('there is no such replica');
  process.kill(replica.pid, signal);
  return await replica.exit();
};

const holder = async (): Promise<string> =>
  holderOf(await palisade.admin.get<Lease>(LEASES, 'palisade', NAMESPACE).catch(() => undefined));

const taken = async (from: string): Promise<string> => {
  const other = async () => {
    const now = await holder();
    return now !== '' && now !== from ? now : undefined;
  };
  return await until(`a leader other than ${from}`, other, TAKEN_OVER_MS);
};

let policies = 0;
/** Only a leader can do this. */
const works = async (profiles: readonly ('viewer' | 'deployer')[] = ['viewer']): Promise<void> => {
  policies += 1;
  const name = `p${policies}`;
  const bindings = profiles.map((profile) => ({ profile, subjects: [{ kind: 'Group' as const, name: 'readers' }] }));
  await palisade.apply(ns, name, { access: { bindings } });
  await palisade.ready(ns, name, TAKEN_OVER_MS);
};

interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly userAgent?: string;
  readonly objectRef?: { readonly resource: string };
  readonly requestReceivedTimestamp: string;
  readonly user: { readonly extra?: Record<string, string[]> };
}

const READS = ['get', 'list', 'watch'];
const CREDENTIAL = 'authentication.kubernetes.io/credential-id';

/** The writers of anything but the Lease, in order, each change of writer once. */
const writers = async (): Promise<string[]> => {
  const lines = (await readFile(controlPlane.auditLog!, 'utf8')).split('\n').filter((line) => line.endsWith('}'));
  const events = lines.map((line) => JSON.parse(line) as AuditEvent);
  const writes = events
    .filter(
      ({ userAgent, stage, verb }) => userAgent === 'palisade' && stage === 'ResponseComplete' && !READS.includes(verb),
    )
    .sort((a, b) => (a.requestReceivedTimestamp < b.requestReceivedTimestamp ? -1 : 1));
  const by = writes.map(({ user }) => user.extra?.[CREDENTIAL]?.[0] ?? '');
  return by.filter((writer, i) => writer !== by[i - 1]);
};

const oneAfterTheOther = async (count: number): Promise<void> => {
  const found = await writers();
  assert.is(found.length, count, `writers: ${found.join(', ')}`);
  assert.is(new Set(found).size, count, 'no replica writes again after another one has');
};

test('of two replicas one leads; the other is ready, with filled caches', async () => {
  await start();
  await until('a replica leads', async () => (await holder()) !== '', TAKEN_OVER_MS);
  await start();
  await works();
  await oneAfterTheOther(1);
});

test('a leader that is stopped releases its Lease', async () => {
  const before = await holder();
  assert.is(await end(replicas[0], 'SIGTERM'), 0);
  await taken(before);
  await works();
  await oneAfterTheOther(2);
});

longTest('a leader that is killed is replaced when its Lease has expired', async () => {
  const before = await holder();
  await start();
  assert.is(await end(replicas[1], 'SIGKILL'), 'SIGKILL');
  await taken(before);
  await works();
  await oneAfterTheOther(3);
});

longTest(
  'a leader that was frozen during its writes until past its deadline writes nothing when it resumes, and exits',
  async () => {
    assert.is(await end(replicas[2], 'SIGTERM'), 0);
    const proxy = await replicaBehindProxy();
    const before = await until('it leads', async () => (await holder()) || undefined, TAKEN_OVER_MS);
    await start();
    const frozen = replicas.at(-2);
    if (frozen === undefined) throw new Error('there is no such replica');
    const stopped = Promise.withResolvers<void>();
    const isCreate = ({ method, path }: Asked) => method === 'POST' && path.endsWith('/rolebindings');
    proxy.play((asked) => {
      if (!isCreate(asked) || proxy.asked.some(isCreate)) return undefined;
      process.kill(frozen.pid, 'SIGSTOP');
      return { until: stopped.promise };
    });
    const worked = works(['viewer', 'deployer']);
    await until('it writes', () => proxy.asked.some(isCreate));
    stopped.resolve();
    await taken(before);
    await worked;
    const asked = proxy.asked.length;
    assert.is(await end(frozen, 'SIGCONT'), 1);
    const writes = proxy.asked.slice(asked).filter(({ method }) => method !== 'GET');
    assert.equal(writes, []);
    await proxy.close();
    await works();
    await oneAfterTheOther(5);
  },
);

longTest('a leader whose Lease is deleted exits, and the other replica works alone', async () => {
  const before = await holder();
  await start();
  await palisade.admin.delete(LEASES, 'palisade', { namespace: NAMESPACE });
  assert.is(await replicas.at(-2)?.exit(), 1);
  await taken(before);
  await works();
  await oneAfterTheOther(6);
});

test.run();
