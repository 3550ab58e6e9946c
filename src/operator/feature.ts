import type { Logger } from 'pino';
import type { ImageScan } from '../api/imagescan.ts';
import { FIELD_MANAGERS } from '../api/keys.ts';
import type { ContainerSecurityPolicy } from '../api/policy.ts';
import type { Store } from '../kube/cache/store.ts';
import type { KubeObject } from '../kube/object.ts';
import type { KubeClient } from '../kube/rest/client.ts';
import type { Resource } from '../kube/rest/resource.ts';
import type { Result, WorkQueue } from '../kube/workqueue/work-queue.ts';

/** The part of the operator that reconciles one kind of object. */
export interface Feature<T extends ContainerSecurityPolicy | ImageScan> {
  readonly resource: Resource;
  /** Its field in log lines, with the object's key. */
  readonly logField: string;
  readonly store: Pick<Store<T>, 'get' | 'list' | 'byIndex'>;
  /** Enqueues the objects that a change in the cluster concerns. @returns a function that stops it */
  connect(queue: WorkQueue): () => void;
  /** Removes what an object that does not exist left behind. */
  gone?(key: string, log: Logger): Promise<void>;
  /** Must not modify the object, which is the cached one. */
  reconcile(object: T, log: Logger): Promise<Result>;
}

/** Sets the whole status; the API server removes the fields that it leaves out. @throws ApiError */
export const applyStatus = async (
  client: KubeClient,
  resource: Resource,
  { apiVersion, kind, metadata: { name, namespace, resourceVersion } }: KubeObject,
  status: unknown,
): Promise<KubeObject> => {
  const metadata = { name, ...(namespace !== undefined && { namespace }), resourceVersion };
  const options = { fieldManager: FIELD_MANAGERS.status, force: true, subresource: 'status' };
  return (await client.apply<KubeObject>(resource, { apiVersion, kind, metadata, status }, options)).object;
};
