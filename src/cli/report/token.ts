import { readFile } from 'node:fs/promises';
import { InputError, UsageError } from '../errors.ts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const CURE = 'pass a token from kubectl create token with --token-file';

/** The only word of a file. @throws InputError */
export const tokenFromFile = async (path: string): Promise<string> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new InputError([`${path}: the token cannot be read (${error.code}): ${CURE}`]);
  });
  const token = text.trim();
  if (!/^[A-Za-z0-9._~+/-]{1,8192}=*$/.test(token)) throw new InputError([`${path}: it contains no token: ${CURE}`]);
  return token;
};

/**
 * The bearer token of the current user of a kubeconfig, also when a credential plugin makes it.
 * @throws UsageError for a kubeconfig that cannot be used, InputError when there is no token
 */
export const tokenFromKubeconfig = async (path: string | undefined, server: URL): Promise<string> => {
  if (server.protocol === 'http:' && !LOOPBACK.test(server.hostname)) {
    throw new InputError([
      `${server.origin}: the token of the kubeconfig would cross the network unencrypted: use https or kubectl port-forward, or pass a token that may be exposed with --token-file`,
    ]);
  }
  // Imported here: a report directory needs no Kubernetes client, which loads slowly.
  const [{ HttpMethod, RequestContext }, { KubeConfigError, loadKubeConfig }] = await Promise.all([
    import('@kubernetes/client-node'),
    import('../../kube/rest/kubeconfig.ts'),
  ]);
  const context = new RequestContext(server.href, HttpMethod.GET);
  try {
    const config = loadKubeConfig(path);
    await config.applySecurityAuthentication(context);
    await config.close();
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof KubeConfigError) throw new UsageError(message);
    throw new InputError([`the kubeconfig provides no token: ${message}: log in again, or ${CURE}`]);
  }
  const token = /^Bearer (.+)$/.exec(context.getHeaders().Authorization ?? '')?.[1];
  if (token === undefined) {
    throw new InputError([
      `the current user of the kubeconfig has no bearer token, which the report endpoint requires: ${CURE}`,
    ]);
  }
  return token;
};
