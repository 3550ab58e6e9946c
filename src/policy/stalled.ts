/** The policy cannot be put in force until somebody changes it or the cluster. Becomes a condition, never a retry loop. */
export class Stalled extends Error {
  override name = 'Stalled';
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A generated object is being deleted and still there: whoever owns its finalizers has to let it go. */
export class Held extends Error {
  override name = 'Held';
}

/** Somebody undoes what is repaired, again and again: repairing at once each time would be an endless loop. */
export class Fought extends Error {
  override name = 'Fought';
  /** Time until the next repair, milliseconds. */
  readonly afterMs: number;

  constructor(message: string, afterMs: number) {
    super(message);
    this.afterMs = afterMs;
  }
}
