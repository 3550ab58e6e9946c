import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import type { KubeClient } from '../src/kube/client.ts';
import type { PooledKubeConfig } from '../src/kube/kubeconfig.ts';
import type { Applied } from '../src/kube/object.ts';
import type { Resource } from '../src/kube/resource.ts';
import { untilInEffect } from './admission.ts';
import { KINDS } from './kinds.ts';
import { until } from './until.ts';

/** An object that was not there before. */
export interface Installed {
  readonly resource: Resource;
  readonly name: string;
  readonly namespace?: string;
}

export const OPERATOR_ACCOUNT = { namespace: 'palisade-system', name: 'palisade' } as const;

const root = join(import.meta.dirname, '..');

const documents = async (folder: string): Promise<Applied[]> => {
  const files = (await readdir(join(root, folder))).filter((f) => f.endsWith('.yaml')).sort();
  const texts = await Promise.all(files.map((f) => readFile(join(root, folder, f), 'utf8')));
  return texts.flatMap((text) => parseAllDocuments(text).map((d) => d.toJS() as Applied));
};

const established = (crd: { status?: { conditions?: { type: string; status: string }[] } }): boolean =>
  crd.status?.conditions?.some((c) => c.type === 'Established' && c.status === 'True') === true;

/**
 * Applies crds/, config/rbac and config/admission as `kubectl apply` would, and waits until the kinds are served and the
 * admission policies are in effect. May run many times at once.
 */
export const install = async (
  admin: KubeClient,
  fieldManager: string,
  onCreated: (object: Installed) => void = () => {},
): Promise<void> => {
  const applyAll = async (...folders: readonly string[]): Promise<void> => {
    for (const object of (await Promise.all(folders.map(documents))).flat()) {
      const resource: Resource = KINDS[object.kind as keyof typeof KINDS];
      const { created } = await admin.apply(resource, object, { fieldManager, force: true });
      const { name, namespace } = object.metadata;
      if (created) onCreated({ resource, name, ...(namespace !== undefined && { namespace }) });
    }
  };
  await applyAll('crds', 'config/rbac');
  const name = 'containersecuritypolicies.security.palisade.dev';
  await until('the CRD is established', async () => established(await admin.get(KINDS.CustomResourceDefinition, name)));
  await applyAll('config/admission');
  await untilInEffect(admin, OPERATOR_ACCOUNT.namespace);
};

/** Writes a kubeconfig for `config`'s cluster as the operator's ServiceAccount, with nothing but a token. */
export const writeOperatorKubeconfig = async (
  admin: KubeClient,
  config: PooledKubeConfig,
  path: string,
  expirationSeconds = 3600,
): Promise<void> => {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds } };
  const { status } = await admin.create<{ status: { token: string } }>(KINDS.ServiceAccount, body, {
    ...OPERATOR_ACCOUNT,
    subresource: 'token',
  });
  const cluster = config.getCurrentCluster();
  if (cluster === null)
    throw new Error('the kubeconfig has no current cluster: choose one with kubectl config use-context');
  const name = 'palisade';
  const operator = new KubeConfig();
  operator.loadFromOptions({
    clusters: [cluster],
    users: [{ name, token: status.token }],
    contexts: [{ name, cluster: cluster.name, user: name }],
    currentContext: name,
  });
  await writeFile(path, operator.exportConfig(), { mode: 0o600 });
};
