import type { ScanSpec } from '../../api/imagescan.ts';
import type { ImageId } from '../image.ts';

/** One image of an ImageScan. */
export interface RecordedImage {
  /** As people write it, in the pod or in target.images. */
  readonly reference: string;
  readonly id: ImageId;
  /** Pods that run it. */
  readonly pods: number;
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
  /** What was told, in the controller's words, the newest last. The store keeps the newest MAX_TOLD. */
  readonly told: readonly string[];
}

export const MAX_TOLD = 2000;

/** Which ImageScans have a record. */
export type RecordedScan = Pick<ScanRecord, 'namespace' | 'name' | 'uid'>;
