import { IMAGE_SCAN } from '../api/group.ts';
import type { ImageScan } from '../api/imagescan.ts';
import { readSchema } from '../api/schema.ts';
import { findUnsupported } from '../api/unsupported.ts';
import type { KubeObject } from '../kube/object.ts';
import { Store } from '../kube/store.ts';
import type { NodeView } from './inventory/node.ts';
import type { ScannedPod } from './inventory/pod.ts';

export const BY_NAMESPACE = 'namespace';

/** An ImageScan as the cache keeps it: without who wrote which field. */
export type CachedScan = ImageScan & {
  /** What this release does not know of its spec, as findUnsupported names it. Absent: nothing. */
  readonly unsupported?: readonly string[];
};

/** Everything that a reconcile of an ImageScan reads from the cluster. Filled by watches, and by the answers to our own writes. */
export interface ScanCaches {
  readonly scans: Store<CachedScan>;
  /** Shared with the policies: the one large cache of a cluster. Indexed by BY_NAMESPACE. */
  readonly pods: Pick<Store<ScannedPod>, 'byIndex' | 'subscribe'>;
  readonly nodes: Store<NodeView>;
}

export const createScanCaches = (pods: ScanCaches['pods']): ScanCaches => ({
  scans: new Store<CachedScan>({ indexers: { [BY_NAMESPACE]: ({ metadata }) => [metadata.namespace] } }),
  pods,
  nodes: new Store<NodeView>(),
});

const SPEC_SCHEMA = readSchema(IMAGE_SCAN).properties?.spec ?? {};

export const toCachedScan = (raw: KubeObject): CachedScan => {
  const { managedFields: _, ...metadata } = raw.metadata;
  const scan = { ...(raw as ImageScan), metadata: metadata as ImageScan['metadata'] };
  const unsupported = findUnsupported(SPEC_SCHEMA, scan.spec, 'spec');
  return { ...scan, ...(unsupported.length > 0 && { unsupported }) };
};
