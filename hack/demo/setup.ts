import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTAINER_SECURITY_POLICY } from '../../src/api/group.ts';
import { loadKubeConfig, type PooledKubeConfig } from '../../src/kube/rest/kubeconfig.ts';
import { findCluster } from '../controlplane/cluster.ts';
import { step } from '../controlplane/progress.ts';
import { type Installed, install, writeOperatorKubeconfig } from '../install.ts';
import { KINDS } from '../kinds.ts';
import { OperatorProcess } from '../operator-process.ts';
import { findScanParts } from '../scan-parts.ts';
import { until } from '../until.ts';
import { PODS, toManifest } from './pods.ts';
import { readSamples } from './samples.ts';
import { DemoScans, NAMESPACE } from './scans.ts';
import { Stage } from './stage.ts';
import { NAMESPACE as BOOKS } from './story/books.ts';

// The user may continue after the demo.
const TOKEN_SECONDS = 86_400;

/**
 * Prepares everything that the story needs. Disposing `undo` stops what was started and, in a cluster that is not ours,
 * deletes what was created, also when this fails half-way.
 * @param signal ends it between two steps
 */
export async function setUp(undo: AsyncDisposableStack, signal: AbortSignal): Promise<Stage> {
  const cluster = await orAborted(findCluster(), signal);
  undo.defer(() => cluster.stop());
  const config = cluster.embedded ? loadKubeConfig(cluster.kubeconfig) : loadKubeConfig();
  undo.defer(() => config.close());
  await orAborted(findScanParts(), signal);
  const scans = await step('starting two registries with images and a vulnerability database', () =>
    DemoScans.open(undo),
  );
  const directory = await mkdtemp(join(tmpdir(), 'palisade-demo-'));
  undo.defer(() => rm(directory, { recursive: true, force: true }));
  const stage = new Stage(cluster, config, await readSamples(), scans, directory);
  if (!cluster.embedded) await refuseExistingNamespaces(stage);
  await step('installing config/outside, creating namespaces and pods', async () => {
    await installPalisade(stage, undo);
    signal.throwIfAborted();
    await createNamespaces(stage, undo);
    signal.throwIfAborted();
    for (const pod of PODS) await stage.admin.create(KINDS.Pod, toManifest(pod), { namespace: pod.namespace });
  });
  signal.throwIfAborted();
  await step('starting the operator', () => startOperator(stage, config, undo));
  return stage;
}

export const demoNamespaces = ({ samples }: Stage): string[] => [
  ...samples.map((s) => s.policy.metadata.namespace),
  NAMESPACE,
  BOOKS,
];

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return await Promise.race([work, aborted]);
}

async function refuseExistingNamespaces(stage: Stage): Promise<void> {
  for (const namespace of demoNamespaces(stage)) {
    if (await stage.isGone(KINDS.Namespace, namespace)) continue;
    throw new Error(
      `namespace ${namespace} exists in this cluster, and the demo would change it: use another cluster, or unset USE_EXISTING_CLUSTER for an embedded control plane`,
    );
  }
}

async function installPalisade(stage: Stage, undo: AsyncDisposableStack): Promise<void> {
  const created: Installed[] = [];
  if (!stage.cluster.embedded) undo.defer(() => uninstall(stage, created.reverse()));
  await install(stage.admin, 'palisade-demo', (object) => created.push(object));
}

async function uninstall(stage: Stage, installed: readonly Installed[]): Promise<void> {
  for (const { resource, name, namespace } of installed) {
    await stage.admin.delete(resource, name, namespace === undefined ? {} : { namespace });
    await until(`${resource.kind} ${name} is gone`, () => stage.isGone(resource, name, namespace));
  }
}

async function createNamespaces(stage: Stage, undo: AsyncDisposableStack): Promise<void> {
  const created: string[] = [];
  if (!stage.cluster.embedded) undo.defer(() => deleteNamespaces(stage, created));
  for (const name of demoNamespaces(stage)) {
    await stage.admin.create(KINDS.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    created.push(name);
  }
  for (const name of created) {
    const isThere = async () => !(await stage.isGone(KINDS.ServiceAccount, 'default', name));
    await until(`ServiceAccount ${name}/default`, isThere);
  }
}

async function startOperator(stage: Stage, config: PooledKubeConfig, undo: AsyncDisposableStack): Promise<void> {
  const kubeconfig = join(stage.directory, 'operator.kubeconfig');
  await writeOperatorKubeconfig(stage.admin, config, kubeconfig, TOKEN_SECONDS);
  const operator = await OperatorProcess.start({
    kubeconfig,
    // The demo must not enforce policies of others.
    namespaces: stage.cluster.embedded ? [] : demoNamespaces(stage),
    log: join(stage.directory, 'operator.log'),
    flags: await stage.scans.flags(),
  });
  undo.defer(() => operator.stop());
  if (!stage.cluster.embedded) undo.defer(() => deletePolicies(stage));
}

/** The operator must still run, because it withdraws them. */
async function deletePolicies(stage: Stage): Promise<void> {
  for (const namespace of demoNamespaces(stage)) {
    const policies = await stage.list(CONTAINER_SECURITY_POLICY, namespace);
    for (const { metadata } of policies) {
      await stage.admin.delete(CONTAINER_SECURITY_POLICY, metadata.name, { namespace });
    }
    const isGone = async () => (await stage.list(CONTAINER_SECURITY_POLICY, namespace)).length === 0;
    await until(`policies of namespace ${namespace} are withdrawn`, isGone);
  }
}

async function deleteNamespaces(stage: Stage, names: readonly string[]): Promise<void> {
  for (const name of names) await stage.admin.delete(KINDS.Namespace, name);
  for (const name of names) {
    await until(`namespace ${name} is gone`, () => stage.isGone(KINDS.Namespace, name));
  }
}
