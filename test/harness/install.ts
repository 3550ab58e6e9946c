import { readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import type { KubeClient } from '../../src/kube/client.ts';
import type { Applied } from '../../src/kube/object.ts';
import type { Resource } from '../../src/kube/resource.ts';
import { until } from './until.ts';

const root = join(import.meta.dirname, '../..');

const namespaced = (group: string, plural: string, kind: string): Resource => ({
  group,
  version: 'v1',
  plural,
  kind,
  namespaced: true,
});
const global = (group: string, plural: string, kind: string): Resource => ({
  group,
  version: 'v1',
  plural,
  kind,
  namespaced: false,
});

/** The kinds that tests handle themselves, by kind. */
export const KINDS = {
  Namespace: global('', 'namespaces', 'Namespace'),
  ServiceAccount: namespaced('', 'serviceaccounts', 'ServiceAccount'),
  Pod: namespaced('', 'pods', 'Pod'),
  Service: namespaced('', 'services', 'Service'),
  ResourceQuota: namespaced('', 'resourcequotas', 'ResourceQuota'),
  EndpointSlice: namespaced('discovery.k8s.io', 'endpointslices', 'EndpointSlice'),
  Event: namespaced('events.k8s.io', 'events', 'Event'),
  NetworkPolicy: namespaced('networking.k8s.io', 'networkpolicies', 'NetworkPolicy'),
  Role: namespaced('rbac.authorization.k8s.io', 'roles', 'Role'),
  RoleBinding: namespaced('rbac.authorization.k8s.io', 'rolebindings', 'RoleBinding'),
  ClusterRole: global('rbac.authorization.k8s.io', 'clusterroles', 'ClusterRole'),
  ClusterRoleBinding: global('rbac.authorization.k8s.io', 'clusterrolebindings', 'ClusterRoleBinding'),
  CustomResourceDefinition: global('apiextensions.k8s.io', 'customresourcedefinitions', 'CustomResourceDefinition'),
} as const satisfies Record<string, Resource>;

const documents = async (folder: string): Promise<Applied[]> => {
  const files = (await readdir(join(root, folder))).filter((f) => f.endsWith('.yaml')).sort();
  const texts = await Promise.all(files.map((f) => readFile(join(root, folder, f), 'utf8')));
  return texts.flatMap((text) => parseAllDocuments(text).map((d) => d.toJS() as Applied));
};

const established = (crd: { status?: { conditions?: { type: string; status: string }[] } }): boolean =>
  crd.status?.conditions?.some((c) => c.type === 'Established' && c.status === 'True') === true;

/** Applies crds/ and config/rbac as `kubectl apply` would, and waits until the kinds are served. May run many times at once. */
export const install = async (admin: KubeClient): Promise<void> => {
  for (const object of [...(await documents('crds')), ...(await documents('config/rbac'))]) {
    const resource: Resource = KINDS[object.kind as keyof typeof KINDS];
    await admin.apply(resource, object, { fieldManager: 'test-install', force: true });
  }
  const name = 'containersecuritypolicies.security.palisade.dev';
  await until('the CRD is established', async () => established(await admin.get(KINDS.CustomResourceDefinition, name)));
};

/** A kubeconfig like `admin`'s, but as the operator's ServiceAccount with nothing but its token. @returns its path */
export const operatorKubeconfig = async (admin: KubeClient, adminKubeconfig: string): Promise<string> => {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
  const { status } = await admin.create<{ status: { token: string } }>(KINDS.ServiceAccount, body, {
    namespace: 'palisade-system',
    name: 'palisade',
    subresource: 'token',
  });
  const config = parse(await readFile(adminKubeconfig, 'utf8')) as { users: { user: object }[] };
  for (const entry of config.users) entry.user = { token: status.token };
  const path = join(tmpdir(), `palisade-operator-${process.pid}.kubeconfig`);
  await writeFile(path, stringify(config), { mode: 0o600 });
  return path;
};
