import type { Labels } from '../../api/child-labels.ts';
import type { OwnerReference } from '../../kube/object.ts';
import { CHILD_TYPES, type Child } from './kinds.ts';
import { ownerReference } from './meta.ts';

interface Owner {
  readonly name: string;
  readonly uid: string;
}

/** Palisade's own labels win. @param more labels */
export const withLabels = <T extends Child>(child: T, more: Labels): T => ({
  ...child,
  metadata: { ...child.metadata, labels: { ...more, ...child.metadata.labels } },
});

/** @param keeper of an object that must be deleted after others; undefined: of one that is deleted first */
export const withOwners = (child: Child, owner: Owner, keeper?: OwnerReference): Child =>
  ({
    ...child,
    metadata: {
      ...child.metadata,
      ownerReferences: [ownerReference(owner), ...(keeper === undefined ? [] : [keeper])],
    },
  }) as Child;

/** An explicit null owns the field: the API server removes what another client adds there, and stores nothing. */
const withNulls = (child: Child): Child => {
  if (!('spec' in child)) return child;
  const nulls = Object.fromEntries(CHILD_TYPES[child.kind].optional.map((field) => [field, null]));
  return { ...child, spec: { ...nulls, ...child.spec } } as Child;
};

/** @param uid of the existing object, so that the API server never creates a deleted one again */
export const toPatch = (child: Child, uid: string) => ({
  ...withNulls(child),
  metadata: { ...child.metadata, uid },
});
