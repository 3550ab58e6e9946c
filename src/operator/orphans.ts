import { MANAGED_BY, MANAGED_BY_LABEL, POLICY_LABEL } from '../api/keys.ts';
import type { ContainerSecurityPolicy } from '../api/policy.ts';
import { listInPages } from '../kube/cache/list-in-pages.ts';
import { type KubeObject, objectKey } from '../kube/object.ts';
import type { KubeClient } from '../kube/rest/client.ts';
import { classify } from '../kube/rest/errors.ts';
import type { Resource } from '../kube/rest/resource.ts';
import { type CachedChild, controllerUid, toCachedChild } from '../policy/children/cached-child.ts';
import { CHILD_TYPES, type ChildKind } from '../policy/children/kinds.ts';
import { controllingPolicy } from '../policy/children/owner.ts';
import { describeChild } from '../policy/children/problems.ts';
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

type Labels = KubeObject['metadata']['labels'];

/** Generated objects whose policy does not exist. */
export interface LeftBehind {
  /** In the order in which they are deleted. */
  readonly orphans: readonly CachedChild[];
  /** With the labels of a generated object only: a backup restored them, or another client made them. */
  readonly lookalikes: readonly CachedChild[];
}

const hasOurLabels = (labels: Labels = {}): boolean =>
  labels[MANAGED_BY_LABEL] === MANAGED_BY && labels[POLICY_LABEL] !== undefined;

/**
 * Once the CRD is gone, the garbage collector does not reliably delete what its objects owned: generated RoleBindings
 * stayed in force (1.36.3). It never deletes an object that lost its owner; that is recognized by our field manager.
 * @param namespaces empty: all
 * @param policies that exist
 */
export const findLeftBehind = async (
  client: KubeClient,
  namespaces: readonly string[],
  policies: readonly ContainerSecurityPolicy[],
): Promise<LeftBehind> => {
  const uids = new Set(policies.map(({ metadata }) => metadata.uid));
  const keys = new Set(policies.map(objectKey));
  const isLeft = (object: CachedChild, labels: Labels): boolean => {
    const controller = controllingPolicy(object);
    if (controller !== undefined) return !uids.has(controller.uid);
    if (controllerUid(object) !== undefined) return false;
    const name = labels?.[POLICY_LABEL];
    const isOurs = object.generated || hasOurLabels(labels);
    return isOurs && (name === undefined || !keys.has(`${object.metadata.namespace}/${name}`));
  };
  const left: CachedChild[] = [];
  for (const [kind, { resource }] of Object.entries(CHILD_TYPES)) {
    const toChild = toCachedChild(kind as ChildKind);
    const keep = (raw: CachedChild): CachedChild | undefined => {
      const child = toChild(raw);
      return isLeft(child, raw.metadata.labels) ? child : undefined;
    };
    left.push(...(await listAll<CachedChild>(client, resource, namespaces, keep)));
  }
  const isOrphan = (object: CachedChild): boolean => object.generated || controllingPolicy(object) !== undefined;
  return { orphans: inDeletionOrder(left.filter(isOrphan)), lookalikes: left.filter((object) => !isOrphan(object)) };
};

/** The cure for an object that labels alone do not prove to be ours: any client can write them. */
export const describeLookalike = (object: CachedChild): string => {
  const { namespace, name } = object.metadata;
  return (
    `${describeChild(object)} has the labels of a generated object, but no field manager of Palisade, as after a restore: ` +
    `if it is not needed, run kubectl delete ${object.kind.toLowerCase()} -n ${namespace} ${name}`
  );
};

export const describeOrphan = (object: CachedChild): string => {
  const name = controllingPolicy(object)?.name ?? object.metadata.labels?.[POLICY_LABEL];
  const policy =
    name === undefined ? 'which no ContainerSecurityPolicy owns' : `whose ContainerSecurityPolicy ${name} is gone`;
  return `${describeChild(object)}, ${policy}`;
};
