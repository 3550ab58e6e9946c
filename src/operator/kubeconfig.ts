import { loadKubeConfig, type PooledKubeConfig } from '../kube/rest/kubeconfig.ts';

/**
 * Reads the kubeconfig that was asked for. dot-i's base class reads the default one by itself when it is constructed, and
 * must not stumble over another one that is broken.
 * @throws KubeConfigError
 */
export const operatorKubeConfig = (path: string | undefined): PooledKubeConfig => {
  const config = loadKubeConfig(path);
  if (path !== undefined) process.env.KUBECONFIG = path;
  return config;
};
