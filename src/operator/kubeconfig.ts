import { loadKubeConfig, type PooledKubeConfig } from '../kube/rest/kubeconfig.ts';

/**
 * Loads the given kubeconfig. dot-i's base class always loads the default one when it is constructed, and must not fail
 * because of a broken file that is not used.
 * @throws KubeConfigError
 */
export const operatorKubeConfig = (path: string | undefined): PooledKubeConfig => {
  const config = loadKubeConfig(path);
  if (path !== undefined) process.env.KUBECONFIG = path;
  return config;
};
