import { isDeepStrictEqual } from 'node:util';
import type { ImageScan } from '../../api/imagescan.ts';
import { RESCAN_ANNOTATION } from '../../api/keys.ts';
import { selects } from '../../api/selector.ts';
import { BY_NAMESPACE } from '../../kube/cache/store.ts';
import { objectKey } from '../../kube/object.ts';
import type { WorkQueue } from '../../kube/workqueue/work-queue.ts';
import type { ScanCaches } from './caches.ts';
import type { ScannedPod } from './inventory/pod.ts';
import type { ScannedTemplate } from './inventory/template.ts';

/** Pods often change together, and scans often finish together: one reconcile covers all of them. */
const SETTLE_MS = 500;

/** A change of the status alone needs no reconcile: the operator wrote it. */
const needsReconcile = (before: ImageScan, after: ImageScan): boolean =>
  before.metadata.generation !== after.metadata.generation ||
  before.metadata.uid !== after.metadata.uid ||
  // Another definition of the kind shows the same generation otherwise.
  !isDeepStrictEqual(before.spec, after.spec) ||
  before.metadata.annotations?.[RESCAN_ANNOTATION] !== after.metadata.annotations?.[RESCAN_ANNOTATION];

const runsOther = (before: ScannedPod, after: ScannedPod): boolean =>
  before.node !== after.node ||
  !isDeepStrictEqual(before.running, after.running) ||
  !isDeepStrictEqual(before.metadata.labels, after.metadata.labels);

const hasOtherImages = (before: ScannedTemplate, after: ScannedTemplate): boolean =>
  !isDeepStrictEqual({ ...before, metadata: undefined }, { ...after, metadata: undefined });

interface ScanTriggers {
  readonly caches: ScanCaches;
  readonly queue: Pick<WorkQueue, 'add' | 'addAfter'>;
  /** Called with `namespace/name` when an ImageScan is gone. */
  readonly onGone: (scan: ImageScan) => void;
  /** Finished scans, and changes of the database. Each returns a function that unsubscribes. */
  readonly subscribeToScans: (listener: (scans: readonly string[]) => void) => () => void;
  readonly subscribeToDatabase: (listener: () => void) => () => void;
  /** Changes of EPSS and KEV: nothing is scanned, all is evaluated again. */
  readonly subscribeToEnrichment?: (listener: () => void) => () => void;
}

/**
 * Adds ImageScans to the queue for changes in the caches, finished scans and a new database. Only this file decides which
 * ImageScans a change concerns. @returns a function that disconnects it
 */
export const connectScanTriggers = (triggers: ScanTriggers): (() => void) => {
  const { caches, queue, onGone } = triggers;
  const settle = (key: string): void => queue.addAfter(key, SETTLE_MS);
  const addSelecting = (namespace = '', ...labels: readonly ScannedTemplate['podLabels'][]): void => {
    for (const scan of caches.scans.byIndex(BY_NAMESPACE, namespace)) {
      if (labels.some((of) => selects(scan.spec.target?.selector, of))) settle(objectKey(scan));
    }
  };
  const addAll = (): void => {
    for (const scan of caches.scans.list()) settle(objectKey(scan));
  };
  const stops = [
    caches.scans.subscribe(({ type, object, old }) => {
      if (type === 'Deleted') onGone(object);
      else if (old === undefined || needsReconcile(old, object)) queue.add(objectKey(object));
    }),
    caches.pods.subscribe(({ type, object, old }) => {
      if (type === 'Resynced' || (old !== undefined && !runsOther(old, object))) return;
      const { namespace, labels } = object.metadata;
      addSelecting(namespace, labels, ...(old === undefined ? [] : [old.metadata.labels]));
    }),
    ...Object.values(caches.templates).map((store) =>
      store.subscribe(({ type, object, old }) => {
        if (type === 'Resynced' || (old !== undefined && !hasOtherImages(old, object))) return;
        addSelecting(object.metadata.namespace, object.podLabels, ...(old === undefined ? [] : [old.podLabels]));
      }),
    ),
    // A node that reports its platform late changes which images are scanned. Nodes change seldom.
    caches.nodes.subscribe(({ type, object, old }) => {
      if (type !== 'Resynced' && object.platform !== old?.platform) addAll();
    }),
    triggers.subscribeToScans((scans) => {
      for (const scan of scans) settle(scan);
    }),
    triggers.subscribeToDatabase(addAll),
    ...(triggers.subscribeToEnrichment === undefined ? [] : [triggers.subscribeToEnrichment(addAll)]),
  ];
  return () => {
    for (const stop of stops) stop();
  };
};
