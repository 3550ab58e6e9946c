/** The policy cannot be put in force until somebody changes it or the cluster. Becomes a condition, never a retry loop. */
export class StalledError extends Error {
  override name = 'StalledError';
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** What is generated is not as it should be, but it stands: what relies on it may go on. */
abstract class Standing extends Error {
  readonly stands: boolean;

  constructor(message: string, stands: boolean) {
    super(message);
    this.stands = stands;
  }
}

/** A generated object is being deleted and still there: whoever owns its finalizers has to let it go. */
export class FinalizerHeldError extends Standing {
  override name = 'FinalizerHeldError';
}

/** Somebody undoes what is written, again and again: writing at once each time would be an endless loop. */
export class DriftStormError extends Standing {
  override name = 'DriftStormError';
  /** Time until the next write, milliseconds. */
  readonly afterMs: number;

  constructor(message: string, stands: boolean, afterMs: number) {
    super(message, stands);
    this.afterMs = afterMs;
  }
}

export const stands = (error: unknown): boolean => error instanceof Standing && error.stands;
