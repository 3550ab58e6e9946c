import { isDeepStrictEqual } from 'node:util';
import { isOurManager, MANAGED_BY_LABEL, POLICY_LABEL } from '../../api/keys.ts';
import type { KubeObject, ManagedFieldsEntry, OwnerReference } from '../../kube/object.ts';
import { compact, isLarge } from './compact.ts';
import { CHILD_TYPES, type Child, type ChildKind } from './kinds.ts';
import { controllingPolicy, isServedVersion, owningPolicies } from './owner.ts';

/** A generated object as the cache keeps it. */
export interface CachedChild extends KubeObject {
  /** Other field managers that own a field of ours: they changed it. */
  foreignManagers: readonly string[];
  /** Our field manager wrote it: it was generated, even if another client removed its owner. */
  generated: boolean;
  /** Keys of its labels that our field manager wrote, besides those of every generated object. Absent: none. */
  extraLabels?: readonly string[];
  [field: string]: unknown;
}

/** UID of the object that controls this one. */
export const controllerUid = (object: KubeObject): string | undefined =>
  object.metadata.ownerReferences?.find((o) => o.controller === true)?.uid;

type Fields = Record<string, Record<string, Record<string, unknown>>>;

const OWN_LABELS: readonly string[] = [MANAGED_BY_LABEL, POLICY_LABEL];

const ownedLabels = ({ fieldsV1 = {} }: ManagedFieldsEntry): string[] =>
  // The map itself is there too, as `.`.
  Object.keys((fieldsV1 as Fields)['f:metadata']?.['f:labels'] ?? {}).flatMap((key) =>
    key.startsWith('f:') ? key.slice('f:'.length) : [],
  );

const ownsOurs = (entry: ManagedFieldsEntry, payload: readonly string[]): boolean =>
  payload.some((field) => `f:${field}` in (entry.fieldsV1 ?? {})) ||
  ownedLabels(entry).some((key) => OWN_LABELS.includes(key));

/**
 * Every object of the kind is watched, whatever its labels. Of an object that is not ours, the cache keeps only its identity
 * and the policy that it claims; of a NetworkPolicy also the spec, since it decides about connections too.
 */
const foreignChild = (
  kind: ChildKind,
  { apiVersion, metadata, spec }: KubeObject & Record<string, unknown>,
): CachedChild => {
  const { name, namespace, uid, resourceVersion, ownerReferences, labels } = metadata;
  const policy = labels?.[POLICY_LABEL];
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      uid,
      resourceVersion,
      ...(namespace && { namespace }),
      ...(policy && { labels: { [POLICY_LABEL]: policy } }),
      ...(ownerReferences && { ownerReferences: ownerReferences.filter((o) => o.controller === true) }),
    },
    generated: false,
    foreignManagers: [],
    ...(kind === 'NetworkPolicy' && { spec: compact(spec) }),
  };
};

type Metadata = KubeObject['metadata'];

/** Of long lists. */
const MOST_KEPT = 16;

/** No generated object has so many labels, owners or finalizers: what identifies it stays. */
const bounded = (metadata: Metadata, extraLabels: readonly string[]): Metadata => {
  if (!isLarge(metadata)) return metadata;
  const { labels = {}, ownerReferences = [], finalizers = [], ...rest } = metadata;
  const ours = [...OWN_LABELS, ...extraLabels.slice(0, MOST_KEPT)].filter((key) => Object.hasOwn(labels, key));
  // The controller, and the second owner of what is deleted late.
  const rank = ({ controller, kind }: OwnerReference) => (controller === true ? 0 : kind === 'Namespace' ? 1 : 2);
  const owners = ownerReferences.toSorted((a, b) => rank(a) - rank(b));
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
    const extraLabels = [...new Set(ours.flatMap(ownedLabels))].filter((key) => !OWN_LABELS.includes(key));
    return {
      apiVersion: raw.apiVersion,
      kind,
      metadata: bounded(metadata, extraLabels),
      generated,
      foreignManagers: [...new Set(foreign.map((e) => e.manager ?? 'unknown'))],
      ...(extraLabels.length > 0 && { extraLabels }),
      ...Object.fromEntries(payload.filter((f) => raw[f] !== undefined).map((f) => [f, compact(raw[f])])),
    };
  };

/** Name of the index of the stores by `policyKeys`. */
export const BY_POLICY = 'policy';

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

/** The live object has exactly the desired values in the fields that we write. */
export const samePayload = (live: CachedChild, child: Child): boolean =>
  CHILD_TYPES[child.kind].payload.every((f) =>
    isDeepStrictEqual(live[f], compact((child as unknown as Record<string, unknown>)[f])),
  );

/** The garbage collector resolves an owner by its version too: of another one it deletes nothing. */
const isControlledBy = (live: CachedChild, ownerUid: string): boolean => {
  const controller = controllingPolicy(live);
  return controller?.uid === ownerUid && isServedVersion(controller);
};

/** Neither the policy's, nor a leftover of an earlier one of its name. */
export const isForeign = (live: CachedChild | undefined, owner: { name: string; uid: string }): boolean =>
  live !== undefined && !belongsTo(live, owner.uid) && !isLeftover(live, owner);

/** The live object has the second owner that is wanted. */
export const isKept = (live: CachedChild, { metadata: { ownerReferences = [] } }: Child): boolean =>
  ownerReferences
    .filter((wanted) => wanted.controller !== true)
    .every(({ uid }) => live.metadata.ownerReferences?.some((o) => o.uid === uid));

/** Labels that were wanted before and are not any more. */
export const staleLabels = ({ extraLabels = [] }: CachedChild, { metadata: { labels } }: Child): string[] =>
  extraLabels.filter((key) => !Object.hasOwn(labels, key));

const hasLabels = (live: CachedChild, child: Child): boolean =>
  staleLabels(live, child).length === 0 &&
  Object.entries(child.metadata.labels).every(([key, value]) => live.metadata.labels?.[key] === value);

const isMarked = (live: CachedChild, child: Child, ownerUid: string): boolean =>
  isControlledBy(live, ownerUid) && hasLabels(live, child);

/** The live object has our labels, our owner references, and exactly the desired values in our fields. */
export const isAsDesired = (live: CachedChild, child: Child, ownerUid: string): boolean =>
  isMarked(live, child, ownerUid) && isKept(live, child) && samePayload(live, child);

/** What has changed is the second owner or further labels, which an earlier release or other settings did not want. */
const isNewDesire = (live: CachedChild, child: Child): boolean =>
  controllingPolicy(live)?.uid === child.metadata.ownerReferences?.find((o) => o.controller === true)?.uid &&
  OWN_LABELS.every((key) => live.metadata.labels?.[key] === child.metadata.labels[key]) &&
  !(isKept(live, child) && hasLabels(live, child));

/**
 * The field managers that changed the live object; empty when only the desired state has changed. A removed field does
 * not show which manager removed it.
 * @param before the last version of the object that was as desired, if one is known
 */
export const changedBy = (live: CachedChild, child: Child, before?: CachedChild): readonly string[] => {
  if (live.metadata.resourceVersion === before?.metadata.resourceVersion) return [];
  if (live.foreignManagers.length > 0) return live.foreignManagers;
  if (before !== undefined) {
    const isUnchangedDesire = samePayload(before, child) && hasLabels(before, child) && isKept(before, child);
    return isUnchangedDesire ? ['unknown'] : [];
  }
  return samePayload(live, child) && !isNewDesire(live, child) ? ['unknown'] : [];
};
