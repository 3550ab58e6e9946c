import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install as installAs, writeOperatorKubeconfig } from '../../hack/install.ts';
import { KINDS } from '../../hack/kinds.ts';
import { readManifestFile } from '../../hack/manifests.ts';
import type { KubeClient } from '../../src/kube/rest/client.ts';
import { loadKubeConfig } from '../../src/kube/rest/kubeconfig.ts';

export { KINDS } from '../../hack/kinds.ts';

/** Installs Palisade as the demo does. May run many times at once. */
export const install = async (admin: KubeClient): Promise<void> => {
  await installAs(admin, 'test-install');
};

/** The same, but in the cluster that `npm test` shares among files: it is installed there already. */
export const installOnce = async (admin: KubeClient, kubeconfig: string): Promise<void> => {
  if (process.env.PALISADE_TEST_INSTALLED !== kubeconfig) await install(admin);
};

/** A kubeconfig like `admin`'s, but as the operator's ServiceAccount with nothing but its token. @returns its path */
export const operatorKubeconfig = async (admin: KubeClient, adminKubeconfig: string): Promise<string> => {
  const path = join(tmpdir(), `palisade-operator-${process.pid}.kubeconfig`);
  await writeOperatorKubeconfig(admin, loadKubeConfig(adminKubeconfig), path);
  return path;
};

/** Gives the operator the rights of config/manager to its Lease, but in another namespace. */
export const grantLeaderElection = async (admin: KubeClient, namespace: string): Promise<void> => {
  for (const object of await readManifestFile('config/namespace/leader-election.yaml')) {
    const body = { ...object, metadata: { name: object.metadata.name, namespace } };
    await admin.apply(KINDS[object.kind as 'Role' | 'RoleBinding'], body, { fieldManager: 'test', force: true });
  }
};
