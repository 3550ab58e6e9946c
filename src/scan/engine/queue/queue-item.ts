import type { FailureReason } from '../../scan-error.ts';
import { endsPause } from './backoff-by-reason.ts';
import type { MergedRequest } from './scan-request.ts';
import type { Phase } from './transitions.ts';

/** Why the last scan of a key failed. */
interface LastFailure {
  readonly reason: FailureReason;
  readonly message: string;
  /** Of this reason in a row. */
  readonly count: number;
}

/** A scan that is under way. */
export interface ScanRun {
  readonly request: MergedRequest;
  readonly startedAt: number;
  readonly stop: AbortController;
  readonly registries: readonly string[];
  /** The namespaces that pay for it. */
  readonly by: Set<string>;
  /** Events while it ran. */
  removed: boolean;
  changed: boolean;
  databaseArrived: boolean;
}

/** The state of a key in the queue. */
export interface QueueItem {
  phase: Phase;
  since: number;
  /** For the next scan. While one runs, only requests that it does not satisfy. */
  request?: MergedRequest | undefined;
  /** Of the last scan, or that its registry asked others to wait. */
  failure?: LastFailure | undefined;
  /** While it is Paused: whose pause it waits for. */
  registry?: string;
  /** While it is BackingOff: when it is tried again. */
  retryAt?: number;
  run?: ScanRun | undefined;
}

/** Whether the cause of a failure has changed while the scan ran. @param newer what was requested meanwhile */
export const isAnswered = (
  reason: FailureReason,
  { changed, databaseArrived }: ScanRun,
  newer: MergedRequest | undefined,
): boolean =>
  (changed && reason !== 'RateLimited') ||
  (databaseArrived && reason === 'DatabaseMissing') ||
  (newer !== undefined && endsPause(reason, newer.priority));

/** The namespaces whose fair share decides the turn of an item: those that requested it; a retry is for all that need the key. */
export const rankedBy = ({ request, failure }: QueueItem, wantedBy: readonly string[]): readonly string[] =>
  request === undefined || (failure !== undefined && !request.requested) ? wantedBy : [...request.by];

/** The namespaces that a scan is charged to: those that requested it, unless none of them needs the key any more. */
export const payersOf = ({ by }: MergedRequest, wantedBy: readonly string[]): Set<string> => {
  const wanting = new Set(wantedBy);
  const requesting = by.intersection(wanting);
  return requesting.size > 0 ? requesting : wanting;
};

/** The failure of a scan as the next try of it sees it. */
export const failureAfter = (before: LastFailure | undefined, { reason, message }: Omit<LastFailure, 'count'>) => ({
  reason,
  message,
  count: before?.reason === reason ? before.count + 1 : 1,
});
