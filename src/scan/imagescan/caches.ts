import { type Cached, cachedAs } from '../../api/cached.ts';
import { IMAGE_SCAN } from '../../api/group.ts';
import type { ImageScan } from '../../api/imagescan.ts';
import { byNamespace, Store } from '../../kube/cache/store.ts';
import { CRON_JOBS, DAEMON_SETS, DEPLOYMENTS, JOBS, STATEFUL_SETS } from '../../kube/kinds.ts';
import type { CachedNode } from './inventory/node.ts';
import type { ScannedPod } from './inventory/pod.ts';
import type { ScannedTemplate } from './inventory/template.ts';

export type CachedScan = Cached<ImageScan>;

/** The workloads whose pod templates are scanned. Deployments make ReplicaSets, which are not read. */
export const TEMPLATE_KINDS = [DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS, CRON_JOBS, JOBS];

/** Everything that a reconcile of an ImageScan reads from the cluster. Filled by watches, and by the answers to our own writes. */
export interface ScanCaches {
  readonly scans: Store<CachedScan>;
  /** Shared with the policies: the one large cache of a cluster. Indexed by BY_NAMESPACE. */
  readonly pods: Pick<Store<ScannedPod>, 'byIndex' | 'subscribe'>;
  readonly nodes: Store<CachedNode>;
  /** By kind. Indexed by BY_NAMESPACE. */
  readonly templates: Readonly<Record<string, Store<ScannedTemplate>>>;
}

export const createScanCaches = (pods: ScanCaches['pods']): ScanCaches => ({
  scans: new Store<CachedScan>({ indexers: byNamespace }),
  pods,
  nodes: new Store<CachedNode>(),
  templates: Object.fromEntries(
    TEMPLATE_KINDS.map(({ kind }) => [kind, new Store<ScannedTemplate>({ indexers: byNamespace })]),
  ),
});

export const toCachedScan = cachedAs<ImageScan>(IMAGE_SCAN);
