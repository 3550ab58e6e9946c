import { TRUSTED_IMAGES_LABEL } from '../api/keys.ts';
import type { KubeObject, ManagedFieldsEntry } from '../kube/object.ts';

export const POD_SECURITY_PREFIX = 'pod-security.kubernetes.io/';

export const isPodSecurityLabel = (key: string): boolean => key.startsWith(POD_SECURITY_PREFIX);

/** A label of a Namespace and the field managers that own it; none for one from before managed fields. */
export interface OwnedLabel {
  readonly value: string;
  readonly managers: readonly string[];
}

export type NamespaceLabels = ReadonlyMap<string, OwnedLabel>;

/** A Namespace as the cache keeps it. */
export interface CachedNamespace extends KubeObject {
  /** Only Pod Security labels, and the label that makes the API server apply image rules. */
  readonly labels: NamespaceLabels;
}

const ownedKeys = (entry: ManagedFieldsEntry): string[] => {
  const fields = (entry.fieldsV1 ?? {}) as Record<string, Record<string, Record<string, unknown>>>;
  return Object.keys(fields['f:metadata']?.['f:labels'] ?? {}).map((key) => key.slice('f:'.length));
};

const managersOf = (key: string, entries: readonly ManagedFieldsEntry[]): string[] => [
  ...new Set(entries.filter((e) => ownedKeys(e).includes(key)).map((e) => e.manager ?? 'unknown')),
];

export const toCachedNamespace = (raw: KubeObject): CachedNamespace => {
  const { managedFields = [], annotations: _, labels = {}, ...metadata } = raw.metadata;
  const owned = (key: string, value: string): OwnedLabel => ({ value, managers: managersOf(key, managedFields) });
  const kept = Object.entries(labels).filter(([key]) => isPodSecurityLabel(key) || key === TRUSTED_IMAGES_LABEL);
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata,
    labels: new Map(kept.map(([key, value]) => [key, owned(key, value)])),
  };
};
