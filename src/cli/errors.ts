/** Invalid usage: exit status 2. The message is one line that names the cure. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Invalid input: exit status 1. Each problem is one line that names its file. */
export class InputError extends Error {
  override name = 'InputError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}
