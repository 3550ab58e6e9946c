import type { ImageScan } from '../api/imagescan.ts';
import type { KubeObject } from '../kube/object.ts';
import { Store } from '../kube/store.ts';
import type { NodeView } from './inventory/node.ts';
import type { ScannedPod } from './inventory/pod.ts';

export const BY_NAMESPACE = 'namespace';

/** Everything that a reconcile of an ImageScan reads from the cluster. Filled by watches, and by the answers to our own writes. */
export interface ScanCaches {
  readonly scans: Store<ImageScan>;
  /** Shared with the policies: the one large cache of a cluster. Indexed by BY_NAMESPACE. */
  readonly pods: Pick<Store<ScannedPod>, 'byIndex' | 'subscribe'>;
  readonly nodes: Store<NodeView>;
}

export const createScanCaches = (pods: ScanCaches['pods']): ScanCaches => ({
  scans: new Store<ImageScan>({ indexers: { [BY_NAMESPACE]: ({ metadata }) => [metadata.namespace] } }),
  pods,
  nodes: new Store<NodeView>(),
});

/** An ImageScan as the cache keeps it: without who wrote which field. */
export const toCachedScan = (raw: KubeObject): ImageScan => {
  const { managedFields: _, ...metadata } = raw.metadata;
  return { ...(raw as ImageScan), metadata: metadata as ImageScan['metadata'] };
};
