import type { LastScan } from '../engine/last-scan.ts';
import type { ScanDue } from '../engine/queue/scan-request.ts';

export interface Occasion {
  /** The user's request that is not done yet: the annotation's value, and when it was seen, by the clock of triedAt. */
  readonly request?: { readonly value: string; readonly at: number };
  /** The last run of the schedule that is due or done. */
  readonly planned?: number;
  /** The database that a scan would use now, as databaseKey has it. */
  readonly database?: string;
  /** Pods run the image. */
  readonly runs: boolean;
  readonly now: number;
}

/** Why an image must be scanned now; undefined: it need not. The queue retries failed scans, not this. */
export const dueFor = (last: LastScan, { request, planned, database, runs, now }: Occasion): ScanDue | undefined => {
  const { scannedAt, failedAt, triedAt = Number.NEGATIVE_INFINITY } = last;
  const lastTry = Math.max(scannedAt ?? Number.NEGATIVE_INFINITY, failedAt ?? Number.NEGATIVE_INFINITY);
  if (request !== undefined && triedAt < request.at) return { priority: 'Requested', cause: request.value };
  // A clock was wrong: a result in the future would be newer than every run of the schedule.
  if (scannedAt !== undefined && scannedAt > now && failedAt === undefined) return { priority: 'Scheduled' };
  if (lastTry === Number.NEGATIVE_INFINITY) return { priority: 'NeverScanned' };
  if (planned !== undefined && lastTry < planned) return { priority: 'Scheduled' };
  if (failedAt !== undefined || database === undefined || last.database === database) return undefined;
  return { priority: runs ? 'Running' : 'Idle', cause: database };
};
