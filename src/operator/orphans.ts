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

/** @returns none when the kind is not there (any more) */
const listAll = async (
  client: KubeClient,
  resource: Resource,
  namespace: string | undefined,
): Promise<KubeObject[]> => {
  try {
    return (await client.list(resource, { namespace })).items;
  } catch (error) {
    if (classify(error) === 'NotFound') return [];
    throw error;
  }
};

/**
 * Once the CRD is gone, the garbage collector does not reliably find out that an owner is: generated RoleBindings were
 * seen to stay in force (1.36.3).
 * @param namespaces empty: all
 * @param policies UIDs of the policies that exist
 */
export const findOrphans = async (
  client: KubeClient,
  namespaces: readonly string[],
  policies: ReadonlySet<string>,
): Promise<Orphan[]> => {
  const orphans: Orphan[] = [];
  const scopes = namespaces.length === 0 ? [undefined] : namespaces;
  for (const { resource } of Object.values(CHILD_TYPES)) {
    for (const namespace of scopes) {
      for (const object of await listAll(client, resource, namespace)) {
        const owner = controllingPolicy(object);
        if (owner !== undefined && !policies.has(owner.uid)) orphans.push({ resource, object, owner });
      }
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
