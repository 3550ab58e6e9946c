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

interface NamespaceWrite extends LabelsToWrite {
  readonly fieldManager: string;
  /** The same of annotations. Their keys are ours alone, so a value of another manager is overwritten. */
  readonly annotations?: LabelsToWrite;
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
 * Applies labels without force, unless there are annotations: a label of another manager is never overwritten.
 * @returns the namespace afterwards @throws ApiError
 */
export const applyNamespaceLabels = async (
  client: KubeClient,
  namespaces: Pick<Store<CachedNamespace>, 'upsert'>,
  before: CachedNamespace,
  { fieldManager, owned, wanted, annotations }: NamespaceWrite,
): Promise<CachedNamespace> => {
  if (isDeepStrictEqual([wanted, annotations?.wanted], [owned, annotations?.owned])) return before;
  const { name, uid } = before.metadata;
  const metadata = { name, uid, labels: wanted, ...(annotations && { annotations: annotations.wanted }) };
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata };
  const { object } = await client.apply<KubeObject>(NAMESPACES, body, {
    fieldManager,
    force: annotations !== undefined,
  });
  const after = toCachedNamespace(object);
  namespaces.upsert(after);
  return after;
};
