/** The policy cannot be put in force until somebody changes it or the cluster. Becomes a condition, never a retry loop. */
export class Stalled extends Error {
  override name = 'Stalled';
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}
