import type { ImageRow, ScanSpec } from '../../api/imagescan.ts';
import type { ImageId } from '../image.ts';
import type { FailureReason } from '../scan-error.ts';

interface Recorded {
  /** As users write it, in the pod or in target.images. */
  readonly reference: string;
  /** Pods that run it. */
  readonly pods: number;
  /** Where it is named, if no pod runs it. */
  readonly source?: NonNullable<ImageRow['source']>;
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
 * The record of one ImageScan in the report store: enough for `palisade report` without a cluster, and for emitting each
 * Event once across restarts.
 */
export interface ScanRecord
  extends Readonly<
    Pick<ScanSpec, 'failOn' | 'failOnKnownExploited' | 'ignoreUnfixed' | 'acceptUnknown' | 'exceptions'>
  > {
  readonly namespace: string;
  readonly name: string;
  /** Another uid than the object's: the record is of an earlier ImageScan of that name. */
  readonly uid: string;
  /** RFC 3339. */
  readonly updatedAt: string;
  readonly images: readonly RecordedImage[];
  /** Absent: none. */
  readonly others?: readonly UnresolvedImage[];
  readonly events: EmittedEvents;
}

export interface EmittedExpiry {
  /** The subject of the exception, as in `CVE-2026-1 openssl`. */
  readonly exception: string;
  /** RFC 3339; an exception that is extended expires again. */
  readonly expiresAt: string;
}

/** The Events that were emitted for an ImageScan and still hold, so that each is emitted once, also across restarts. */
export interface EmittedEvents {
  /** Critical findings, as in `CVE-2026-1 in openssl`; their number and length are bounded. */
  readonly criticals: readonly string[];
  readonly failures: readonly { readonly reference: string; readonly reason: FailureReason }[];
  readonly stalled: readonly { readonly reason: string; readonly message: string }[];
  /** Absent: not known yet. */
  readonly compliant?: boolean;
  /** Exceptions that expire soon. */
  readonly expiring: readonly EmittedExpiry[];
  readonly expired: readonly EmittedExpiry[];
  /** Earlier results or Events were lost: no Event is emitted until every image has been scanned or has failed. */
  readonly lost?: true;
}

/** Which ImageScans have a record. */
export type RecordedScan = Pick<ScanRecord, 'namespace' | 'name' | 'uid'>;
