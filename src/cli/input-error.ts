/** What was read cannot be used: exit status 1. Each problem is one line that names its file. */
export class InputError extends Error {
  override name = 'InputError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}
