import { DEFAULT_NAMESPACE } from '../../operator/settings.ts';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { namespaceName } from '../settings/parsers.ts';
import { type Environment, readFlag, readSetting } from '../settings/setting.ts';
import type { ReportEndpoint } from './report-endpoint.ts';

/** The flags that name a running operator. */
export interface EndpointFlags {
  /** Absent: the operator in the cluster of the kubeconfig. */
  readonly server?: string;
  readonly tokenFile?: string;
  readonly kubeconfig?: string;
  readonly operatorNamespace: string;
  readonly serviceAccount: string;
}

/** The endpoint that flags name, and the kubeconfig's path. @throws InputError, UsageError */
export const endpointOf = async (
  { server, tokenFile, operatorNamespace, serviceAccount, ...flags }: EndpointFlags,
  env: Environment,
): Promise<{ readonly endpoint: ReportEndpoint; readonly kubeconfig: string | undefined }> => {
  // Imported here and below: no command loads the modules of another.
  if (server === undefined) {
    const { endpointInCluster } = await import('./from-cluster.ts');
    const kubeconfig = readSetting(OPERATOR_SETTINGS.kubeconfig, flags.kubeconfig, env);
    const namespace = readFlag('--operator-namespace', operatorNamespace, namespaceName(DEFAULT_NAMESPACE));
    return { endpoint: endpointInCluster({ kubeconfig, namespace, serviceAccount }), kubeconfig };
  }
  const { endpointAt, parseServer } = await import('./from-server.ts');
  const { tokenFromFile, tokenFromKubeconfig } = await import('./token.ts');
  const url = parseServer(server);
  const kubeconfig = readSetting(OPERATOR_SETTINGS.kubeconfig, flags.kubeconfig, env);
  const token = tokenFile === undefined ? await tokenFromKubeconfig(kubeconfig, url) : await tokenFromFile(tokenFile);
  return { endpoint: endpointAt({ server: url, token }), kubeconfig };
};
