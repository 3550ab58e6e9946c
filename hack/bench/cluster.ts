import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KubeClient } from '../../src/kube/client.ts';
import { loadKubeConfig } from '../../src/kube/kubeconfig.ts';
import { findCluster } from '../controlplane/cluster.ts';
import { install, writeOperatorKubeconfig } from '../install.ts';

/** A cluster with Palisade installed, but for the operator. */
export interface BenchCluster {
  readonly admin: KubeClient;
  /** The operator's. */
  readonly kubeconfig: string;
  /** The operator's bundle, which is what the image has: from source it starts later, and takes more memory. */
  readonly bundle: string;
  /** Removed at the end. */
  readonly directory: string;
}

const build = join(import.meta.dirname, '../build.ts');

/** One for each benchmark: what another leaves would count. */
export const withCluster = async <T>(work: (cluster: BenchCluster) => Promise<T>): Promise<T> => {
  const cluster = await findCluster();
  const directory = await mkdtemp(join(tmpdir(), 'palisade-bench-'));
  try {
    const config = loadKubeConfig(cluster.kubeconfig);
    const admin = new KubeClient(config, { userAgent: 'palisade-bench' });
    await install(admin, 'palisade-bench');
    const kubeconfig = join(directory, 'operator.kubeconfig');
    await writeOperatorKubeconfig(admin, config, kubeconfig);
    await promisify(execFile)(process.execPath, [build, directory]);
    return await work({ admin, kubeconfig, bundle: join(directory, 'palisade.js'), directory });
  } finally {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  }
};
