import { isDeepStrictEqual } from 'node:util';
import type { Store } from '../kube/cache/store.ts';
import { NAMESPACES } from '../kube/kinds.ts';
import type { KubeObject } from '../kube/object.ts';
import type { KubeClient } from '../kube/rest/client.ts';
import { type NamespaceView, toNamespaceView } from './namespace.ts';

interface NamespaceLabelsWrite {
  readonly fieldManager: string;
  /** What the field manager owns now. */
  readonly owned: Readonly<Record<string, string>>;
  /** Everything that it is to own: the others are released. */
  readonly wanted: Readonly<Record<string, string>>;
}

/**
 * Applies labels without force: a label of another manager is never overwritten.
 * @returns the namespace afterwards @throws ApiError
 */
export const applyNamespaceLabels = async (
  client: KubeClient,
  namespaces: Pick<Store<NamespaceView>, 'upsert'>,
  before: NamespaceView,
  { fieldManager, owned, wanted }: NamespaceLabelsWrite,
): Promise<NamespaceView> => {
  if (isDeepStrictEqual(wanted, owned)) return before;
  const { name, uid } = before.metadata;
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, uid, labels: wanted } };
  const { object } = await client.apply<KubeObject>(NAMESPACES, body, { fieldManager });
  const after = toNamespaceView(object);
  namespaces.upsert(after);
  return after;
};
