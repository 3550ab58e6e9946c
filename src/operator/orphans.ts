import { POLICY_LABEL } from '../api/keys.ts';
import type { ContainerSecurityPolicy } from '../api/policy.ts';
import { listInPages } from '../kube/cache/list-in-pages.ts';
import { type KubeObject, objectKey } from '../kube/object.ts';
import type { KubeClient } from '../kube/rest/client.ts';
import { classify } from '../kube/rest/errors.ts';
import type { Resource } from '../kube/rest/resource.ts';
import { type CachedChild, controllerUid, policyKeys, toCachedChild } from '../policy/children/cached-child.ts';
import { CHILD_TYPES, type ChildKind } from '../policy/children/kinds.ts';
import { controllingPolicy } from '../policy/children/owner.ts';
import { inDeletionOrder } from '../policy/leftovers.ts';

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

/**
 * The generated objects of policies that do not exist, in the order in which they are deleted. Once the CRD is gone, the
 * garbage collector does not reliably delete what its objects owned: generated RoleBindings stayed in force (1.36.3). It
 * never deletes an object that lost its owner; that is recognized by our field manager.
 * @param namespaces empty: all
 * @param policies that exist
 */
export const findOrphans = async (
  client: KubeClient,
  namespaces: readonly string[],
  policies: readonly ContainerSecurityPolicy[],
): Promise<CachedChild[]> => {
  const uids = new Set(policies.map(({ metadata }) => metadata.uid));
  const keys = new Set(policies.map(objectKey));
  const isOrphan = (object: CachedChild): boolean => {
    const controller = controllingPolicy(object);
    if (controller !== undefined) return !uids.has(controller.uid);
    return object.generated && controllerUid(object) === undefined && !policyKeys(object).some((key) => keys.has(key));
  };
  const orphans: CachedChild[] = [];
  for (const [kind, { resource }] of Object.entries(CHILD_TYPES)) {
    const toChild = toCachedChild(kind as ChildKind);
    const keep = (raw: CachedChild): CachedChild | undefined => {
      const child = toChild(raw);
      return isOrphan(child) ? child : undefined;
    };
    orphans.push(...(await listAll<CachedChild>(client, resource, namespaces, keep)));
  }
  return inDeletionOrder(orphans);
};

export const describeOrphan = (object: CachedChild): string => {
  const name = controllingPolicy(object)?.name ?? object.metadata.labels?.[POLICY_LABEL];
  const policy =
    name === undefined ? 'which no ContainerSecurityPolicy owns' : `whose ContainerSecurityPolicy ${name} is gone`;
  return `${object.kind} ${objectKey(object)}, ${policy}`;
};

export const deleteOrphan = async (client: KubeClient, { kind, metadata }: CachedChild): Promise<void> => {
  const { name, namespace, uid } = metadata;
  const { resource } = CHILD_TYPES[kind as ChildKind];
  const options = { ...(namespace !== undefined && { namespace }), uid, propagationPolicy: 'Background' } as const;
  await client.delete(resource, name, options);
};
