import type { FailureReason } from '../../scan-error.ts';
import { endsPause } from './backoff-by-reason.ts';
import type { MergedRequest, ScanPriority } from './scan-request.ts';

export interface Failure {
  readonly reason: FailureReason;
  readonly message: string;
  /** Of this reason in a row. */
  readonly count: number;
}

/** A scan that is under way. */
export interface Run {
  readonly ask: MergedRequest;
  readonly startedAt: number;
  readonly stop: AbortController;
  readonly registries: readonly string[];
  /** The namespaces that pay for it. */
  readonly by: Set<string>;
  /** What happened while it ran. */
  removed: boolean;
  changed: boolean;
  databaseArrived: boolean;
}

/** A key, and what became of it. */
export interface Entry {
  /** Paused: waits for the pause of `registry` to end. */
  phase: 'Waiting' | 'Running' | 'BackingOff' | 'Paused' | 'Failed';
  since: number;
  /** For the next scan. While one runs, only what that one does not answer. */
  ask?: MergedRequest | undefined;
  /** Of the last scan, or that its registry asked others to wait. */
  failure?: Failure | undefined;
  registry?: string;
  run?: Run | undefined;
}

/** Whether a new ask makes a key that does not run go to the line, or to a better place in it. */
export const endsWait = ({ phase, failure }: Entry, priority: ScanPriority): boolean =>
  phase === 'Waiting' ||
  endsPause(phase === 'Paused' || failure === undefined ? 'RateLimited' : failure.reason, priority);

/** Whether what a scan failed for has changed while it ran. */
export const isAnswered = (
  reason: FailureReason,
  { changed, databaseArrived }: Run,
  newer: MergedRequest | undefined,
): boolean =>
  (changed && reason !== 'RateLimited') ||
  (databaseArrived && reason === 'DatabaseMissing') ||
  (newer !== undefined && endsPause(reason, newer.priority));
