/** Somebody called palisade in a way that cannot work: exit status 2. The message is one line with the cure. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** What was read cannot be used: exit status 1. Each problem is one line that names its file. */
export class InputError extends Error {
  override name = 'InputError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}
