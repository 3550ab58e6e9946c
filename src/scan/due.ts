import type { ScanPriority } from './queue/priority.ts';

/** What is known about the last look at an image. Times are milliseconds since 1970. */
export interface LastLook {
  /** When it was last scanned with success. */
  readonly scannedAt?: number;
  /** With which database, by its time. */
  readonly database?: string;
  /** When the last try failed, if nothing succeeded since. */
  readonly failedAt?: number;
  /** It waits or runs. */
  readonly queued: boolean;
}

export interface Occasion {
  /** When somebody asked for a scan of everything, if that is not done yet. */
  readonly requestedAt?: number;
  /** The last planned time of the schedule that has passed. */
  readonly planned?: number;
  /** The database that a scan would use now. */
  readonly database?: string;
  /** Pods run the image. */
  readonly runs: boolean;
}

/** Why an image is to be scanned now; undefined: it is not. What failed is tried again by the queue, not from here. */
export const dueFor = (
  last: LastLook,
  { requestedAt, planned, database, runs }: Occasion,
): ScanPriority | undefined => {
  const { scannedAt, failedAt, queued } = last;
  if (queued) return undefined;
  const looked = Math.max(scannedAt ?? Number.NEGATIVE_INFINITY, failedAt ?? Number.NEGATIVE_INFINITY);
  if (requestedAt !== undefined && looked < requestedAt) return 'Requested';
  if (looked === Number.NEGATIVE_INFINITY) return 'NeverScanned';
  if (planned !== undefined && looked < planned) return 'Scheduled';
  if (failedAt !== undefined) return undefined;
  return last.database === database ? undefined : runs ? 'Running' : 'Idle';
};
