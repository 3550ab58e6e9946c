import { isDeepStrictEqual } from 'node:util';
import type { Store } from '../kube/cache/store.ts';
import { NAMESPACES } from '../kube/kinds.ts';
import type { KubeObject } from '../kube/object.ts';
import type { KubeClient } from '../kube/rest/client.ts';
import { type CachedNamespace, type NamespaceLabels, toCachedNamespace } from './namespace.ts';

interface LabelsToWrite {
  /** The labels that the field manager owns now. */
  readonly owned: Readonly<Record<string, string>>;
  /** The labels that it must own afterwards; others are released. */
  readonly wanted: Readonly<Record<string, string>>;
}

/** What the write changes, as `key: from → to`. */
export const labelChanges = (before: NamespaceLabels, { owned, wanted }: LabelsToWrite): string[] => {
  const set = Object.entries(wanted)
    .filter(([key, value]) => before.get(key)?.value !== value)
    .map(([key, value]) => `${key}: ${before.get(key)?.value ?? '(none)'} → ${value}`);
  const released = Object.keys(owned)
    .filter((key) => !(key in wanted))
    .map((key) => `${key}: ${before.get(key)?.value} → (released)`);
  return [...set, ...released];
};

/**
 * Applies labels without force: a label of another manager is never overwritten.
 * @returns the namespace afterwards @throws ApiError
 */
export const applyNamespaceLabels = async (
  client: KubeClient,
  namespaces: Pick<Store<CachedNamespace>, 'upsert'>,
  before: CachedNamespace,
  { fieldManager, owned, wanted }: LabelsToWrite & { readonly fieldManager: string },
): Promise<CachedNamespace> => {
  if (isDeepStrictEqual(wanted, owned)) return before;
  const { name, uid } = before.metadata;
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, uid, labels: wanted } };
  const { object } = await client.apply<KubeObject>(NAMESPACES, body, { fieldManager });
  const after = toCachedNamespace(object);
  namespaces.upsert(after);
  return after;
};
