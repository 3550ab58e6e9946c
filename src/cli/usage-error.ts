/** Somebody called palisade in a way that cannot work: exit status 2. The message is one line with the cure. */
export class UsageError extends Error {
  override name = 'UsageError';
}
