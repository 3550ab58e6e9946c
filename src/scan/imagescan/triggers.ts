import { isDeepStrictEqual } from 'node:util';
import type { ImageScan } from '../../api/imagescan.ts';
import { RESCAN_ANNOTATION } from '../../api/keys.ts';
import { BY_NAMESPACE } from '../../kube/cache/store.ts';
import { objectKey } from '../../kube/object.ts';
import type { WorkQueue } from '../../kube/workqueue/work-queue.ts';
import type { ScanCaches } from './caches.ts';
import type { ScannedPod } from './inventory/pod.ts';
import { selects } from './inventory/selector.ts';

/** Pods come and go in crowds, and so do finished scans; one look answers for all of them. */
const SETTLE_MS = 500;

/** Nothing to do for a change of status: it is ours. */
const concernsUs = (before: ImageScan, after: ImageScan): boolean =>
  before.metadata.generation !== after.metadata.generation ||
  before.metadata.uid !== after.metadata.uid ||
  // Another definition of the kind shows the same generation otherwise.
  !isDeepStrictEqual(before.spec, after.spec) ||
  before.metadata.annotations?.[RESCAN_ANNOTATION] !== after.metadata.annotations?.[RESCAN_ANNOTATION];

const runsOther = (before: ScannedPod, after: ScannedPod): boolean =>
  before.node !== after.node ||
  !isDeepStrictEqual(before.running, after.running) ||
  !isDeepStrictEqual(before.metadata.labels, after.metadata.labels);

interface ScanTriggers {
  readonly caches: ScanCaches;
  readonly queue: Pick<WorkQueue, 'add' | 'addAfter'>;
  /** Called with `namespace/name` when an ImageScan is gone. */
  readonly onGone: (scan: ImageScan) => void;
  /** What the engine and the database tell. Each returns a function that ends it. */
  readonly subscribeToScans: (listener: (scans: readonly string[]) => void) => () => void;
  readonly subscribeToDatabase: (listener: () => void) => () => void;
}

/**
 * Turns what the caches see, finished scans and a new database into keys of ImageScans to reconcile. The one place that
 * knows what concerns which ImageScan. @returns a function that stops it
 */
export const connectScanTriggers = (triggers: ScanTriggers): (() => void) => {
  const { caches, queue, onGone } = triggers;
  const settle = (key: string): void => queue.addAfter(key, SETTLE_MS);
  const addSelecting = (namespace: string, ...pods: readonly ScannedPod[]): void => {
    for (const scan of caches.scans.byIndex(BY_NAMESPACE, namespace)) {
      if (pods.some(({ metadata }) => selects(scan.spec.target?.selector, metadata.labels))) settle(objectKey(scan));
    }
  };
  const addAll = (): void => {
    for (const scan of caches.scans.list()) settle(objectKey(scan));
  };
  const stops = [
    caches.scans.subscribe(({ type, object, old }) => {
      if (type === 'Deleted') onGone(object);
      else if (old === undefined || concernsUs(old, object)) queue.add(objectKey(object));
    }),
    caches.pods.subscribe(({ type, object, old }) => {
      if (type === 'Resynced' || (old !== undefined && !runsOther(old, object))) return;
      addSelecting(object.metadata.namespace ?? '', object, ...(old === undefined ? [] : [old]));
    }),
    // A node that says its platform late changes what is scanned on it; nodes come and go seldom.
    caches.nodes.subscribe(({ type, object, old }) => {
      if (type !== 'Resynced' && object.platform !== old?.platform) addAll();
    }),
    triggers.subscribeToScans((scans) => {
      for (const scan of scans) settle(scan);
    }),
    triggers.subscribeToDatabase(addAll),
  ];
  return () => {
    for (const stop of stops) stop();
  };
};
