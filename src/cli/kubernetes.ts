import { KubeClient } from '../kube/rest/client.ts';
import { ApiError, NetworkError } from '../kube/rest/errors.ts';
import { KubeConfigError, loadKubeConfig } from '../kube/rest/kubeconfig.ts';
import { InputError, UsageError } from './errors.ts';

/** A report of many findings takes a while. */
const TIMEOUT_MS = 60_000;

/**
 * Asks the API server of a kubeconfig, with the rights of its user.
 * @param path default: that of kubectl
 * @throws UsageError for a kubeconfig that cannot be used; InputError for a request that fails
 */
export const kubernetes = async <T>(path: string | undefined, ask: (client: KubeClient) => Promise<T>): Promise<T> => {
  try {
    const config = loadKubeConfig(path);
    try {
      return await ask(new KubeClient(config, { userAgent: 'palisade-cli', timeoutMs: TIMEOUT_MS }));
    } finally {
      await config.close();
    }
  } catch (error) {
    if (error instanceof KubeConfigError) throw new UsageError(error.message);
    if (error instanceof ApiError || error instanceof NetworkError) throw new InputError([error.message]);
    throw error;
  }
};
