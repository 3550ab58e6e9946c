import type { LastScan } from '../engine/last-scan.ts';
import type { ScanDue } from '../engine/queue/scan-request.ts';

export interface Occasion {
  /** Somebody asked for a scan of everything, and it is not done yet: the annotation's value, and when it was seen, by the clock of triedAt. */
  readonly request?: { readonly value: string; readonly at: number };
  /** The last run of the schedule that is to be made or was made. */
  readonly planned?: number;
  /** The database that a scan would use now, as databaseKey has it. */
  readonly database?: string;
  /** Pods run the image. */
  readonly runs: boolean;
  readonly now: number;
}

/** Why an image is to be scanned now; undefined: it is not. What failed is tried again by the queue, not from here. */
export const dueFor = (last: LastScan, { request, planned, database, runs, now }: Occasion): ScanDue | undefined => {
  const { scannedAt, failedAt, triedAt = Number.NEGATIVE_INFINITY } = last;
  const looked = Math.max(scannedAt ?? Number.NEGATIVE_INFINITY, failedAt ?? Number.NEGATIVE_INFINITY);
  if (request !== undefined && triedAt < request.at) return { priority: 'Requested', cause: request.value };
  // A clock was wrong: until the result has a right time, no schedule could come after it.
  if (scannedAt !== undefined && scannedAt > now && failedAt === undefined) return { priority: 'Scheduled' };
  if (looked === Number.NEGATIVE_INFINITY) return { priority: 'NeverScanned' };
  if (planned !== undefined && looked < planned) return { priority: 'Scheduled' };
  if (failedAt !== undefined || database === undefined || last.database === database) return undefined;
  return { priority: runs ? 'Running' : 'Idle', cause: database };
};
