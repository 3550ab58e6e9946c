import type { KubeClient } from '../../kube/rest/client.ts';
import type { CachedChild } from './cached-child.ts';
import { CHILD_TYPES, type ChildKind } from './kinds.ts';

/** Deletes a generated object, unless another one has its name by now. @throws ApiError */
export const deleteChild = async (
  client: Pick<KubeClient, 'delete'>,
  { kind, metadata: { name, namespace, uid } }: CachedChild,
): Promise<void> => {
  const options = { ...(namespace !== undefined && { namespace }), uid, propagationPolicy: 'Background' } as const;
  await client.delete(CHILD_TYPES[kind as ChildKind].resource, name, options);
};
