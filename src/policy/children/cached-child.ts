import { isDeepStrictEqual } from 'node:util';
import { isOurManager, MANAGED_BY_LABEL, POLICY_LABEL } from '../../api/keys.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../kube/object.ts';
import { compact, isLarge } from './compact.ts';
import { CHILD_TYPES, type Child, type ChildKind } from './kinds.ts';
import { controllingPolicy, isServedVersion, owningPolicies } from './owner.ts';

/** A generated object as the cache keeps it. */
export interface CachedChild extends KubeObject {
  /** Other field managers that own a field of ours: they changed it. */
  foreignManagers: readonly string[];
  /** Our field manager wrote it: it was generated, even if another client removed its owner. */
  generated: boolean;
  [field: string]: unknown;
}

/** UID of the object that controls this one. */
export const controllerUid = (object: KubeObject): string | undefined =>
  object.metadata.ownerReferences?.find((o) => o.controller === true)?.uid;

const ownsOurs = (entry: ManagedFieldsEntry, payload: readonly string[]): boolean => {
  const fields = (entry.fieldsV1 ?? {}) as Record<string, Record<string, Record<string, unknown>>>;
  const labels = fields['f:metadata']?.['f:labels'] ?? {};
  return (
    payload.some((field) => `f:${field}` in fields) || [MANAGED_BY_LABEL, POLICY_LABEL].some((l) => `f:${l}` in labels)
  );
};

/** Every object of the kind is watched, whatever its labels say; of those that are not ours only the identity is kept. */
const foreignChild = (kind: ChildKind, { apiVersion, metadata }: KubeObject): CachedChild => {
  const { name, namespace, uid, resourceVersion, ownerReferences } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      uid,
      resourceVersion,
      ...(namespace && { namespace }),
      ...(ownerReferences && { ownerReferences: ownerReferences.filter((o) => o.controller === true) }),
    },
    generated: false,
    foreignManagers: [],
  };
};

type Metadata = KubeObject['metadata'];

/** Of long lists. */
const MOST_KEPT = 16;

/** No generated object has so many labels, owners or finalizers: what identifies it stays. */
const bounded = (metadata: Metadata): Metadata => {
  if (!isLarge(metadata)) return metadata;
  const { labels = {}, ownerReferences = [], finalizers = [], ...rest } = metadata;
  const ours = [MANAGED_BY_LABEL, POLICY_LABEL].filter((key) => labels[key] !== undefined);
  const owners = ownerReferences.toSorted((a, b) => Number(b.controller === true) - Number(a.controller === true));
  return {
    ...rest,
    labels: Object.fromEntries(ours.map((key) => [key, labels[key] ?? ''])),
    ownerReferences: owners.slice(0, MOST_KEPT),
    finalizers: finalizers.slice(0, MOST_KEPT),
  };
};

/** Keeps the fields that a comparison needs, and the other field managers that wrote to them. */
export const toCachedChild =
  (kind: ChildKind) =>
  (raw: KubeObject & Record<string, unknown>): CachedChild => {
    const { payload, fieldManager } = CHILD_TYPES[kind];
    const { managedFields = [], annotations: _, ...metadata } = raw.metadata;
    const ours = managedFields.filter((e) => e.manager === fieldManager);
    const generated = ours.some((e) => ownsOurs(e, payload));
    if (!generated && owningPolicies(raw).length === 0) return foreignChild(kind, raw);
    const foreign = managedFields.filter((e) => !isOurManager(e.manager ?? '') && ownsOurs(e, payload));
    return {
      apiVersion: raw.apiVersion,
      kind,
      metadata: bounded(metadata),
      generated,
      foreignManagers: [...new Set(foreign.map((e) => e.manager ?? 'unknown'))],
      ...Object.fromEntries(payload.filter((f) => raw[f] !== undefined).map((f) => [f, compact(raw[f])])),
    };
  };

/**
 * The index keys of an object: the UID of the policy that controls it; for a generated object that no policy controls any
 * more, the UIDs of the policies that still own it, and the policy that its label names.
 */
export const ownerKeys = (child: CachedChild): string[] => {
  const controlling = controllingPolicy(child);
  const owning = child.generated ? owningPolicies(child) : controlling === undefined ? [] : [controlling];
  const strayed = child.generated && controlling === undefined;
  return [
    ...owning.map((o) => o.uid),
    ...(strayed ? [strayKey(child.metadata.namespace, child.metadata.labels?.[POLICY_LABEL])] : []),
  ];
};

/** The index key of an object: the policy that it names as its own, as namespace/name; none: it is of another client. */
export const policyKeys = (child: CachedChild): string[] => {
  const strayed = child.generated && controllerUid(child) === undefined;
  const name = controllingPolicy(child)?.name ?? (strayed ? child.metadata.labels?.[POLICY_LABEL] : undefined);
  return name === undefined ? [] : [`${child.metadata.namespace}/${name}`];
};

export const strayKey = (namespace: string | undefined, policy: string | undefined): string => `${namespace}/${policy}`;

/** Controlled by the policy, or generated and without any controller: another client removed the ownerReference. */
export const belongsTo = (live: CachedChild, ownerUid: string): boolean => {
  const controller = controllerUid(live);
  return controller === undefined ? live.generated : controller === ownerUid;
};

/** Generated for an earlier policy of the same name, which is gone: no two live ones share a name. */
export const isLeftover = (live: CachedChild, owner: { name: string; uid: string }): boolean => {
  const controller = controllingPolicy(live);
  return live.generated && controller?.name === owner.name && controller.uid !== owner.uid;
};

const samePayload = (live: CachedChild, child: Child): boolean =>
  CHILD_TYPES[child.kind].payload.every((f) =>
    isDeepStrictEqual(live[f], compact((child as unknown as Record<string, unknown>)[f])),
  );

/** The garbage collector resolves an owner by its version too: of another one it deletes nothing. */
const isControlledBy = (live: CachedChild, ownerUid: string): boolean => {
  const controller = controllingPolicy(live);
  return controller?.uid === ownerUid && isServedVersion(controller);
};

/** The live object has the second owner that is wanted. */
export const isKept = (live: CachedChild, { metadata: { ownerReferences = [] } }: Child): boolean =>
  ownerReferences
    .filter((wanted) => wanted.controller !== true)
    .every(({ uid }) => live.metadata.ownerReferences?.some((o) => o.uid === uid));

const isMarked = (live: CachedChild, child: Child, ownerUid: string): boolean =>
  isControlledBy(live, ownerUid) &&
  Object.entries(child.metadata.labels).every(([key, value]) => live.metadata.labels?.[key] === value);

/** The live object has our labels, our owner references, and exactly the desired values in our fields. */
export const isAsDesired = (live: CachedChild, child: Child, ownerUid: string): boolean =>
  isMarked(live, child, ownerUid) && isKept(live, child) && samePayload(live, child);

/**
 * The field managers that changed the live object; empty when only the desired state has changed. A removed field does
 * not show which manager removed it.
 * @param before the last version of the object that was as desired, if one is known
 */
export const changedBy = (live: CachedChild, child: Child, before?: CachedChild): readonly string[] => {
  if (live.metadata.resourceVersion === before?.metadata.resourceVersion) return [];
  if (live.foreignManagers.length > 0) return live.foreignManagers;
  const isUnchangedDesire = before !== undefined && samePayload(before, child);
  return isUnchangedDesire || samePayload(live, child) ? ['unknown'] : [];
};
