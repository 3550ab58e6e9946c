import type { Reason } from './status/reasons.ts';

/** The policy cannot be put in force until a user changes it or the cluster. Becomes a condition, never a retry loop. */
export class StalledError extends Error {
  override name = 'StalledError';
  readonly reason: Reason;

  constructor(reason: Reason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A generated object differs from its desired state. */
abstract class NotAsDesiredError extends Error {
  /** The object exists and takes effect, so what relies on it may continue. */
  readonly inEffect: boolean;

  constructor(message: string, inEffect: boolean) {
    super(message);
    this.inEffect = inEffect;
  }
}

/** A generated object is being deleted and still exists: the owner of its finalizers must remove them. */
export class FinalizerHeldError extends NotAsDesiredError {
  override name = 'FinalizerHeldError';
}

/** Another client reverts every write. Writing again at once each time would be an endless loop. */
export class DriftStormError extends NotAsDesiredError {
  override name = 'DriftStormError';
  /** Time until the next write, milliseconds. */
  readonly afterMs: number;

  constructor(message: string, inEffect: boolean, afterMs: number) {
    super(message, inEffect);
    this.afterMs = afterMs;
  }
}

export const isInEffect = (error: unknown): boolean => error instanceof NotAsDesiredError && error.inEffect;
