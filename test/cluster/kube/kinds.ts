import type { KubeObject } from '../../../src/kube/object.ts';
import type { KubeClient } from '../../../src/kube/rest/client.ts';
import type { Resource } from '../../../src/kube/rest/resource.ts';

const core = { group: '', version: 'v1' };
const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1', namespaced: true };

export const NAMESPACES: Resource = { ...core, plural: 'namespaces', kind: 'Namespace', namespaced: false };
export const CONFIG_MAPS: Resource = { ...core, plural: 'configmaps', kind: 'ConfigMap', namespaced: true };
export const PODS: Resource = { ...core, plural: 'pods', kind: 'Pod', namespaced: true };
export const ROLES: Resource = { ...rbac, plural: 'roles', kind: 'Role' };
export const ROLE_BINDINGS: Resource = { ...rbac, plural: 'rolebindings', kind: 'RoleBinding' };
export const NETWORK_POLICIES: Resource = {
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'networkpolicies',
  kind: 'NetworkPolicy',
  namespaced: true,
};

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

export const configMap = (namespace: string, name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});

/** A namespace of its own for a test, and its end. */
export async function freshNamespace(client: KubeClient): Promise<{ name: string; remove: () => Promise<void> }> {
  const metadata = { generateName: 'kube-' };
  const created = await client.create<KubeObject>(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata });
  const { name } = created.metadata;
  return { name, remove: () => client.delete(NAMESPACES, name) };
}
