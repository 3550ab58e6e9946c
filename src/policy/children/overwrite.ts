import type { KubeObject } from '../../kube/object.ts';
import type { KubeClient } from '../../kube/rest/client.ts';
import { CHILD_TYPES, type Child } from './kinds.ts';
import { toPatch } from './request-body.ts';

/** A generated object as the API server answers it. */
export type RawChild = KubeObject & Record<string, unknown>;

/** Gives an existing object the desired values. @param uid of that object @throws ApiError */
export const overwrite = async (
  client: KubeClient,
  child: Child,
  uid: string,
  { dryRun = false } = {},
): Promise<RawChild> => {
  const { resource, fieldManager, patch } = CHILD_TYPES[child.kind];
  const { name, namespace } = child.metadata;
  const body = toPatch(child, uid);
  const { object } = await (patch === 'apply'
    ? client.apply<RawChild>(resource, body, { fieldManager, force: true, dryRun })
    : client.patch<RawChild>(resource, name, body, { namespace, type: 'merge', fieldManager, dryRun }));
  return object;
};
