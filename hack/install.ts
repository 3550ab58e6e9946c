import { writeFile } from 'node:fs/promises';
import { KubeConfig } from '@kubernetes/client-node';
import type { KubeClient } from '../src/kube/rest/client.ts';
import type { PooledKubeConfig } from '../src/kube/rest/kubeconfig.ts';
import type { Resource } from '../src/kube/rest/resource.ts';
import { untilInEffect } from './admission.ts';
import { KINDS } from './kinds.ts';
import { readManifests } from './manifests.ts';
import { until } from './until.ts';

/** An object that was not there before. */
export interface Installed {
  readonly resource: Resource;
  readonly name: string;
  readonly namespace?: string;
}

export const OPERATOR_ACCOUNT = { namespace: 'palisade-system', name: 'palisade' } as const;
/** As the API server names it. */
export const OPERATOR_USER = `system:serviceaccount:${OPERATOR_ACCOUNT.namespace}:${OPERATOR_ACCOUNT.name}`;

const established = async (admin: KubeClient, name: string): Promise<boolean> => {
  const crd: { status?: { conditions?: { type: string; status: string }[] } } = await admin.get(
    KINDS.CustomResourceDefinition,
    name,
  );
  return crd.status?.conditions?.some((c) => c.type === 'Established' && c.status === 'True') === true;
};

/**
 * Applies config/outside as `kubectl apply -k` would, and waits until each kind is served and the admission policies are
 * in effect. May run many times at once.
 */
export const install = async (
  admin: KubeClient,
  fieldManager: string,
  onCreated: (object: Installed) => void = () => {},
): Promise<void> => {
  for (const object of await readManifests('config/outside')) {
    const resource: Resource = KINDS[object.kind as keyof typeof KINDS];
    const { created } = await admin.apply(resource, object, { fieldManager, force: true });
    const { name, namespace } = object.metadata;
    if (created) onCreated({ resource, name, ...(namespace !== undefined && { namespace }) });
    if (object.kind === 'CustomResourceDefinition')
      await until(`CRD ${name} is established`, () => established(admin, name));
  }
  await untilInEffect(admin, OPERATOR_ACCOUNT.namespace);
};

interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** A kubeconfig for `config`'s cluster as a ServiceAccount, with nothing but a token. */
export const accountConfig = async <Config extends KubeConfig>(
  admin: KubeClient,
  config: PooledKubeConfig,
  account: Account,
  into: Config,
  expirationSeconds = 3600,
): Promise<Config> => {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds } };
  const { status } = await admin.create<{ status: { token: string } }>(KINDS.ServiceAccount, body, {
    ...account,
    subresource: 'token',
  });
  const cluster = config.getCurrentCluster();
  if (cluster === null)
    throw new Error('the kubeconfig has no current cluster: choose one with kubectl config use-context');
  const { name } = account;
  into.loadFromOptions({
    clusters: [cluster],
    users: [{ name, token: status.token }],
    contexts: [{ name, cluster: cluster.name, user: name }],
    currentContext: name,
  });
  return into;
};

/** Writes a kubeconfig for `config`'s cluster as the operator's ServiceAccount, with nothing but a token. */
export const writeOperatorKubeconfig = async (
  admin: KubeClient,
  config: PooledKubeConfig,
  path: string,
  expirationSeconds?: number,
): Promise<void> => {
  const operator = await accountConfig(admin, config, OPERATOR_ACCOUNT, new KubeConfig(), expirationSeconds);
  await writeFile(path, operator.exportConfig(), { mode: 0o600 });
};
