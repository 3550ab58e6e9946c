import { listInPages } from '../kube/cache/list-in-pages.ts';
import { type KubeObject, type OwnerReference, objectKey } from '../kube/object.ts';
import type { KubeClient } from '../kube/rest/client.ts';
import { classify } from '../kube/rest/errors.ts';
import type { Resource } from '../kube/rest/resource.ts';
import { CHILD_TYPES } from '../policy/children/kinds.ts';
import { controllingPolicy } from '../policy/children/owner.ts';

/** A generated object whose policy is gone. */
interface Orphan {
  readonly resource: Resource;
  readonly object: KubeObject;
  readonly owner: OwnerReference;
}

/**
 * @param namespaces empty: all
 * @param keep what of an object stays in memory; undefined: nothing
 * @returns none when the kind is not installed
 */
export const listAll = async <T extends KubeObject>(
  client: KubeClient,
  resource: Resource,
  namespaces: readonly string[],
  keep: (object: T) => T | undefined = (object) => object,
): Promise<T[]> => {
  const scopes = namespaces.length === 0 ? [undefined] : namespaces;
  try {
    const project = (object: KubeObject) => keep(object as T);
    const lists = await Promise.all(scopes.map((namespace) => listInPages(client, resource, { namespace }, project)));
    return lists.flatMap(({ items }) => items);
  } catch (error) {
    if (classify(error) === 'NotFound') return [];
    throw error;
  }
};

const identity = ({ apiVersion, kind, metadata }: KubeObject): KubeObject => ({ apiVersion, kind, metadata });

/**
 * Once the CRD is gone, the garbage collector does not reliably delete what its objects owned: generated RoleBindings
 * stayed in force (1.36.3).
 * @param namespaces empty: all
 * @param policies UIDs of the policies that exist
 */
export const findOrphans = async (
  client: KubeClient,
  namespaces: readonly string[],
  policies: ReadonlySet<string>,
): Promise<Orphan[]> => {
  const orphans: Orphan[] = [];
  for (const { resource } of Object.values(CHILD_TYPES)) {
    for (const object of await listAll(client, resource, namespaces, identity)) {
      const owner = controllingPolicy(object);
      if (owner !== undefined && !policies.has(owner.uid)) orphans.push({ resource, object, owner });
    }
  }
  return orphans;
};

export const describeOrphan = ({ resource, object, owner }: Orphan): string =>
  `${resource.kind} ${objectKey(object)}, whose ContainerSecurityPolicy ${owner.name} is gone`;

export const deleteOrphan = async (client: KubeClient, { resource, object }: Orphan): Promise<void> => {
  const { name, namespace, uid } = object.metadata;
  await client.delete(resource, name, { ...(namespace !== undefined && { namespace }), uid });
};
