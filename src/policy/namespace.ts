import { ENFORCED_IMAGES_PREFIX, TRUSTED_IMAGES_LABEL } from '../api/keys.ts';
import type { KubeObject, ManagedFieldsEntry } from '../kube/object.ts';

export const POD_SECURITY_PREFIX = 'pod-security.kubernetes.io/';

export const isPodSecurityLabel = (key: string): boolean => key.startsWith(POD_SECURITY_PREFIX);

/** A label or annotation of a Namespace and the field managers that own it; none for one from before managed fields. */
export interface OwnedLabel {
  readonly value: string;
  readonly managers: readonly string[];
}

export type NamespaceLabels = ReadonlyMap<string, OwnedLabel>;

/** A Namespace as the cache keeps it; all its labels are in its metadata. */
export interface CachedNamespace extends KubeObject {
  /** Only Pod Security labels, and the label that makes the API server apply image rules. */
  readonly labels: NamespaceLabels;
  /** Only the annotations with image rules in force. */
  readonly records: NamespaceLabels;
}

type Field = 'labels' | 'annotations';

const ownedKeys = (entry: ManagedFieldsEntry, field: Field): string[] => {
  const fields = (entry.fieldsV1 ?? {}) as Record<string, Record<string, Record<string, unknown>>>;
  return Object.keys(fields['f:metadata']?.[`f:${field}`] ?? {}).map((key) => key.slice('f:'.length));
};

const managersOf = (key: string, entries: readonly ManagedFieldsEntry[], field: Field): string[] => [
  ...new Set(entries.filter((e) => ownedKeys(e, field).includes(key)).map((e) => e.manager ?? 'unknown')),
];

export const toCachedNamespace = (raw: KubeObject): CachedNamespace => {
  const { managedFields = [], annotations = {}, labels = {}, ...metadata } = raw.metadata;
  const owned = (field: Field, of: Readonly<Record<string, string>>, isKept: (key: string) => boolean) =>
    new Map(
      Object.entries(of)
        .filter(([key]) => isKept(key))
        .map(([key, value]): [string, OwnedLabel] => [key, { value, managers: managersOf(key, managedFields, field) }]),
    );
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { ...metadata, labels },
    labels: owned('labels', labels, (key) => isPodSecurityLabel(key) || key === TRUSTED_IMAGES_LABEL),
    records: owned('annotations', annotations, (key) => key.startsWith(ENFORCED_IMAGES_PREFIX)),
  };
};
