import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { KubeConfig, VersionApi } from '@kubernetes/client-node';
import { findBinaries } from './binaries.ts';
import { say, step } from './progress.ts';
import { type ControlPlaneOptions, startControlPlane } from './start.ts';

export interface Cluster {
  /** A path, or a list of paths as KUBECONFIG allows. */
  readonly kubeconfig: string;
  /** Started by us: everything in it is ours to break. */
  readonly embedded: boolean;
  stop(): Promise<void>;
}

const answerMs = 5_000;

/** The current kubeconfig's cluster when USE_EXISTING_CLUSTER=true, otherwise an embedded one that ends with this process. */
export async function findCluster(options: ControlPlaneOptions = {}): Promise<Cluster> {
  if (process.env.USE_EXISTING_CLUSTER === 'true') return existingCluster();
  // First, since it may take minutes and tells its own progress.
  const binaries = options.binaries ?? (await findBinaries());
  const start = () => startControlPlane({ ...options, binaries });
  const { kubeconfig, stop } = await step('starting the embedded control plane', start);
  return { kubeconfig, embedded: true, stop };
}

async function existingCluster(): Promise<Cluster> {
  const kubeconfig = process.env.KUBECONFIG || join(homedir(), '.kube', 'config');
  if (!kubeconfig.split(delimiter).some((path) => existsSync(path))) {
    throw new Error(
      `USE_EXISTING_CLUSTER=true, but there is no kubeconfig at ${kubeconfig}: set KUBECONFIG, or unset USE_EXISTING_CLUSTER for an embedded control plane`,
    );
  }
  const config = loadConfig(kubeconfig);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) {
    throw new Error(
      `USE_EXISTING_CLUSTER=true, but ${kubeconfig} has no usable current-context: choose one with kubectl config use-context`,
    );
  }
  const version = await versionOf(config, server, kubeconfig);
  say(`using the existing cluster ${server} (${version}) of ${kubeconfig}`);
  return { kubeconfig, embedded: false, stop: async () => {} };
}

function loadConfig(kubeconfig: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromDefault();
  } catch (cause) {
    throw new Error(`kubeconfig ${kubeconfig} cannot be read: ${(cause as Error).message}`, { cause });
  }
  return config;
}

async function versionOf(config: KubeConfig, server: string, kubeconfig: string): Promise<string> {
  const signal = AbortSignal.timeout(answerMs);
  const abort = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${answerMs / 1000} s`))),
  );
  try {
    return (await Promise.race([config.makeApiClient(VersionApi).getCode(), abort])).gitVersion;
  } catch (cause) {
    const why = (cause as Error).cause ?? cause;
    throw new Error(
      `USE_EXISTING_CLUSTER=true, but ${server} of ${kubeconfig} does not answer (${(why as Error).message}): start that cluster, or unset USE_EXISTING_CLUSTER for an embedded control plane`,
      { cause },
    );
  }
}
