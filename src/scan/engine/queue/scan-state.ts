import type { FailureReason } from '../../scan-error.ts';
import type { ScanPriority } from './scan-request.ts';

/** Times are milliseconds, by the clock of the queue. */
export interface ScanState {
  /** Failed: waits for a change. BackingOff: tries again at `nextTryAt`. */
  readonly state: 'Waiting' | 'Running' | 'BackingOff' | 'Failed';
  /** Since when it is in this state. */
  readonly since: number;
  /** Of the last scan, if it failed; RateLimited also where the registry asked others to wait. */
  readonly reason?: FailureReason;
  readonly message?: string;
  readonly nextTryAt?: number | undefined;
}

/** A scan that ended by itself: not one that was removed, nor one that ended with the operator. Times as in ScanState. */
export interface FinishedScan {
  readonly key: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Absent: it succeeded. */
  readonly failure?: {
    readonly reason: FailureReason;
    readonly message: string;
    /** By the queue, with its stack. */
    readonly isLogged?: boolean;
  };
}

export interface ScanCounts {
  readonly waiting: Readonly<Record<ScanPriority, number>>;
  readonly running: number;
  /** Those that wait for a registry included. */
  readonly backingOff: number;
  /** Those that wait for a change. */
  readonly failed: number;
}
