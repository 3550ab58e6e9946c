import type { ScanSpec } from '../../api/imagescan.ts';
import type { ImageId } from '../image.ts';
import type { FailureReason } from '../scan-error.ts';

interface Recorded {
  /** As people write it, in the pod or in target.images. */
  readonly reference: string;
  /** Pods that run it. */
  readonly pods: number;
  /** Why the last try failed. */
  readonly failure?: { readonly reason: FailureReason; readonly message: string };
}

/** One image of an ImageScan. */
export interface RecordedImage extends Recorded {
  readonly id: ImageId;
}

/** One whose digest is not known, so that it cannot be scanned. */
export interface UnresolvedImage extends Recorded {
  readonly platform: string;
}

/**
 * What the report store keeps of one ImageScan: enough for `palisade report` without a cluster, and for telling Events
 * once across restarts.
 */
export interface ScanRecord extends Readonly<Pick<ScanSpec, 'failOn' | 'ignoreUnfixed' | 'exceptions'>> {
  readonly namespace: string;
  readonly name: string;
  /** Another uid than the object's: the record is of an earlier ImageScan of that name. */
  readonly uid: string;
  /** RFC 3339. */
  readonly updatedAt: string;
  readonly images: readonly RecordedImage[];
  /** Absent: none. */
  readonly others?: readonly UnresolvedImage[];
  /** What was told, in the controller's words. */
  readonly told: readonly string[];
}

/** Which ImageScans have a record. */
export type RecordedScan = Pick<ScanRecord, 'namespace' | 'name' | 'uid'>;
