import { type Cached, cachedAs } from '../../api/cached.ts';
import { IMAGE_SCAN } from '../../api/group.ts';
import type { ImageScan } from '../../api/imagescan.ts';
import { byNamespace, Store } from '../../kube/cache/store.ts';
import type { CachedNode } from './inventory/node.ts';
import type { ScannedPod } from './inventory/pod.ts';
import type { ScannedTemplate } from './inventory/template.ts';

export type CachedScan = Cached<ImageScan>;

/** Everything that a reconcile of an ImageScan reads from the cluster. Filled by watches, and by the answers to our own writes. */
export interface ScanCaches {
  readonly scans: Store<CachedScan>;
  /** Shared with the policies: the one large cache of a cluster. Indexed by BY_NAMESPACE. */
  readonly pods: Pick<Store<ScannedPod>, 'byIndex' | 'subscribe'>;
  readonly nodes: Store<CachedNode>;
  /** By kind. Indexed by BY_NAMESPACE. Shared with the policies. */
  readonly templates: Readonly<Record<string, Pick<Store<ScannedTemplate>, 'byIndex' | 'subscribe'>>>;
}

export const createScanCaches = (shared: Pick<ScanCaches, 'pods' | 'templates'>): ScanCaches => ({
  scans: new Store<CachedScan>({ indexers: byNamespace }),
  nodes: new Store<CachedNode>(),
  ...shared,
});

export const toCachedScan = cachedAs<ImageScan>(IMAGE_SCAN);
