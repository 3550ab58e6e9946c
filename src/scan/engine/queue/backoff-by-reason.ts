import { backoffMs } from '../../../kube/workqueue/backoff.ts';
import type { FailureReason } from '../../scan-error.ts';
import type { ScanPriority } from './scan-request.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The longest pause that a registry can ask for. */
const LONGEST_PAUSE_MS = 24 * HOUR;

/**
 * The rule after a failure. Pause: retry after 1, 2, 4… times `baseMs`, up to `maxMs`. RandomPause: the second half of
 * that is random. Change: a retry alone cannot succeed, so it waits for a change.
 */
type Rule = { kind: 'Pause' | 'RandomPause'; baseMs: number; maxMs: number } | { kind: 'Change' };

const RULES: Readonly<Record<Exclude<FailureReason, 'RateLimited'>, Rule>> = {
  Timeout: { kind: 'RandomPause', baseMs: MINUTE, maxMs: HOUR },
  Unreachable: { kind: 'RandomPause', baseMs: MINUTE, maxMs: HOUR },
  ScannerFailed: { kind: 'RandomPause', baseMs: MINUTE, maxMs: HOUR },
  NotFound: { kind: 'Pause', baseMs: 10 * MINUTE, maxMs: 6 * HOUR },
  Unauthorized: { kind: 'Change' },
  NotAllowed: { kind: 'Change' },
  PlatformMismatch: { kind: 'Change' },
  AmbiguousIndex: { kind: 'Change' },
  DigestHidden: { kind: 'Change' },
  TooLarge: { kind: 'Change' },
  DamagedImage: { kind: 'Change' },
  DatabaseMissing: { kind: 'Change' },
};

/**
 * How long a key waits after a failure, milliseconds; undefined: until something changes.
 * @param failures of this reason in a row, 1 or more
 */
export const pauseAfter = (
  reason: Exclude<FailureReason, 'RateLimited'>,
  failures: number,
  random: () => number,
): number | undefined => {
  const rule = RULES[reason];
  if (rule.kind === 'Change') return undefined;
  return backoffMs(failures, rule, rule.kind === 'RandomPause' ? random : () => 1);
};

/** Whether only a change helps: new credentials, a new database, a new request. */
export const waitsForChange = (reason: FailureReason): boolean =>
  reason !== 'RateLimited' && RULES[reason].kind === 'Change';

/** Whether a failed scan is tried again without a user's action: a database arrives by itself. */
export const retries = (reason: FailureReason): boolean => reason === 'DatabaseMissing' || !waitsForChange(reason);

/**
 * How long a registry that asked to wait is left alone, milliseconds: 1 minute, doubled up to 1 hour; never less than it
 * asked for, but at most 24 hours.
 * @param pauses in a row, this one included
 */
export const registryPause = (pauses: number, retryAfterMs = 0): number => {
  const pause = backoffMs(pauses, { baseMs: MINUTE, maxMs: HOUR }, () => 1);
  return retryAfterMs > pause ? Math.min(retryAfterMs, LONGEST_PAUSE_MS) : pause;
};

/**
 * Whether a new request makes a failed key run at once. A user's request does; a schedule does unless the registry asked
 * to wait; a changed database does if it was missing. Any other request is repeated at every reconcile of an ImageScan.
 */
export const endsPause = (reason: FailureReason, priority: ScanPriority): boolean => {
  if (priority === 'Requested') return true;
  if (priority === 'Scheduled') return reason !== 'RateLimited';
  return priority !== 'NeverScanned' && reason === 'DatabaseMissing';
};
