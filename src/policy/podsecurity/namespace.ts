import type { KubeObject, ManagedFieldsEntry } from '../../kube/object.ts';
import { isPodSecurityLabel, type NamespaceLabels } from './labels.ts';

/** A Namespace as the cache keeps it: its Pod Security labels and who owns each. */
export interface NamespaceView extends KubeObject {
  readonly podSecurity: NamespaceLabels;
}

export const NAMESPACES = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
} as const;

const ownedKeys = (entry: ManagedFieldsEntry): string[] => {
  const fields = (entry.fieldsV1 ?? {}) as Record<string, Record<string, Record<string, unknown>>>;
  return Object.keys(fields['f:metadata']?.['f:labels'] ?? {}).map((key) => key.slice('f:'.length));
};

const managersOf = (key: string, entries: readonly ManagedFieldsEntry[]): string[] => [
  ...new Set(entries.filter((e) => ownedKeys(e).includes(key)).map((e) => e.manager ?? 'unknown')),
];

export const toNamespaceView = (raw: KubeObject): NamespaceView => {
  const { managedFields = [], annotations: _, labels = {}, ...metadata } = raw.metadata;
  const relevant = Object.entries(labels).filter(([key]) => isPodSecurityLabel(key));
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata,
    podSecurity: new Map(relevant.map(([key, value]) => [key, { value, managers: managersOf(key, managedFields) }])),
  };
};
