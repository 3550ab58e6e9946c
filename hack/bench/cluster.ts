import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KubeClient } from '../../src/kube/rest/client.ts';
import { loadKubeConfig } from '../../src/kube/rest/kubeconfig.ts';
import { findCluster } from '../controlplane/cluster.ts';
import { install, writeOperatorKubeconfig } from '../install.ts';

/** A cluster with Palisade installed, but for the operator. */
export interface BenchCluster {
  readonly admin: KubeClient;
  /** The operator's. */
  readonly kubeconfig: string;
  /** Starts the operator as the image does, from the bundle: from source it starts later, and takes more memory. */
  readonly command: readonly [file: string, ...args: string[]];
  /** Removed at the end. */
  readonly directory: string;
}

const root = join(import.meta.dirname, '../..');

/** The flags of Node in the image. */
const flagsOfImage = async (): Promise<string[]> => {
  const [, entrypoint = '[]'] = /^ENTRYPOINT (.*)$/m.exec(await readFile(join(root, 'Dockerfile'), 'utf8')) ?? [];
  return (JSON.parse(entrypoint) as string[]).filter((argument) => argument.startsWith('--'));
};

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
    await promisify(execFile)(process.execPath, [join(root, 'hack/build.ts'), directory]);
    const command = [process.execPath, ...(await flagsOfImage()), join(directory, 'palisade.js')] as const;
    return await work({ admin, kubeconfig, command, directory });
  } finally {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  }
};
