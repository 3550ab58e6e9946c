/**
 * Why an image could not be scanned: a word for programs.
 * - Unauthorized: the registry requires other credentials
 * - NotFound: the registry has no such repository, tag or digest
 * - RateLimited: the registry asks to wait
 * - Unreachable: the registry does not answer, or not as a registry does
 * - NotAllowed: the image is at an address or registry that the operator may not reach
 * - Timeout: it took longer than one scan may
 * - TooLarge: it needs more memory, disk or download than one scan may
 * - PlatformMismatch: the image is not there for the platform of the node
 * - DigestHidden: the container runtime reports only the ID of the image, and its tag is another image now
 * - AmbiguousIndex: container runtimes read the index differently, so it is not known which image runs
 * - DamagedImage: a layer is broken, or content has another digest than its name has
 * - DatabaseMissing: there is no vulnerability database yet
 * - ScannerFailed: anything else
 */
export const FAILURE_REASONS = [
  'Unauthorized',
  'NotFound',
  'RateLimited',
  'Unreachable',
  'NotAllowed',
  'Timeout',
  'TooLarge',
  'PlatformMismatch',
  'AmbiguousIndex',
  'DigestHidden',
  'DamagedImage',
  'DatabaseMissing',
  'ScannerFailed',
] as const;

export type FailureReason = (typeof FAILURE_REASONS)[number];

/** Why an image cannot be scanned, or its tag not be looked up. */
export interface Problem {
  readonly reason: FailureReason;
  /** Names the image, the cause and the cure. */
  readonly message: string;
}

/** Why the last scan of an image failed. */
export interface ScanFailure extends Problem {
  /** It is retried by itself; otherwise a user has to act first. */
  readonly retries: boolean;
}

/** A scan that failed. The message names the image, the cause and the cure, on one line, without credentials. */
export class ScanError extends Error {
  override readonly name = 'ScanError';
  readonly reason: FailureReason;
  /** The registry asked to wait so long, milliseconds. */
  readonly retryAfterMs?: number;
  /** Which one asked to wait, as references name it: one scan may ask several. */
  readonly registry?: string;
  /** The message with the cure of a user who scans by a command, where it is another than with an operator. */
  readonly byCommand?: string;

  constructor(
    reason: FailureReason,
    message: string,
    options: { retryAfterMs?: number; registry?: string; byCommand?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
    if (options.registry !== undefined) this.registry = options.registry;
    if (options.byCommand !== undefined) this.byCommand = options.byCommand;
  }
}
