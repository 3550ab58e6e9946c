import { NAMESPACES } from '../../../src/kube/kinds.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import type { KubeClient } from '../../../src/kube/rest/client.ts';
import type { Resource } from '../../../src/kube/rest/resource.ts';

const core = { group: '', version: 'v1' };

export const CONFIG_MAPS: Resource = { ...core, plural: 'configmaps', kind: 'ConfigMap', namespaced: true };

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

export const configMap = (namespace: string, name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});

/** A namespace for one test, deleted after it. */
export async function freshNamespace(client: KubeClient): Promise<{ name: string; remove: () => Promise<void> }> {
  const metadata = { generateName: 'kube-' };
  const created = await client.create<KubeObject>(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata });
  const { name } = created.metadata;
  return { name, remove: () => client.delete(NAMESPACES, name) };
}
