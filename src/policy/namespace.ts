import { TRUSTED_IMAGES_LABEL } from '../api/keys.ts';
import type { KubeObject, ManagedFieldsEntry } from '../kube/object.ts';
import { isPodSecurityLabel, type NamespaceLabels, type OwnedLabel } from './sections/podsecurity/labels.ts';

/** A Namespace as the cache keeps it: the labels that matter here, and who owns each. */
export interface NamespaceView extends KubeObject {
  readonly podSecurity: NamespaceLabels;
  /** The label by which the API server looks for image rules. */
  readonly trustedImages?: OwnedLabel;
}

const ownedKeys = (entry: ManagedFieldsEntry): string[] => {
  const fields = (entry.fieldsV1 ?? {}) as Record<string, Record<string, Record<string, unknown>>>;
  return Object.keys(fields['f:metadata']?.['f:labels'] ?? {}).map((key) => key.slice('f:'.length));
};

const managersOf = (key: string, entries: readonly ManagedFieldsEntry[]): string[] => [
  ...new Set(entries.filter((e) => ownedKeys(e).includes(key)).map((e) => e.manager ?? 'unknown')),
];

export const toNamespaceView = (raw: KubeObject): NamespaceView => {
  const { managedFields = [], annotations: _, labels = {}, ...metadata } = raw.metadata;
  const owned = (key: string, value: string): OwnedLabel => ({ value, managers: managersOf(key, managedFields) });
  const podSecurity = Object.entries(labels).filter(([key]) => isPodSecurityLabel(key));
  const trusted = labels[TRUSTED_IMAGES_LABEL];
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata,
    podSecurity: new Map(podSecurity.map(([key, value]) => [key, owned(key, value)])),
    ...(trusted !== undefined && { trustedImages: owned(TRUSTED_IMAGES_LABEL, trusted) }),
  };
};
