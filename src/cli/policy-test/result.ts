/** Unknown is no success: what nobody knows does not hold. */
export type Outcome = 'ok' | 'not ok' | 'unknown';

/** What a world says about an expectation. */
export interface Judgment {
  readonly outcome: Outcome;
  /** Why, a sentence a line; lines that begin with spaces belong to the one before. */
  readonly reasons: readonly string[];
}

export const AREAS = ['connections', 'rights', 'images', 'podSecurity'] as const;
export type Area = (typeof AREAS)[number];

export interface Result extends Judgment {
  readonly area: Area;
  /** The expectation as a sentence, after its description. */
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

/** The results of a PolicyTest, in the order of the file. */
export interface TestReport {
  /** `books/books` */
  readonly name: string;
  readonly file: string;
  readonly results: readonly Result[];
}

export const countOf = (reports: readonly TestReport[], outcome?: Outcome): number =>
  reports.flatMap(({ results }) => results).filter((result) => outcome === undefined || result.outcome === outcome)
    .length;

/** An expectation that cannot be judged as it is written, with the cure. */
export class FieldError extends Error {
  override readonly name = 'FieldError';
  /** Within the expectation. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** @param is the answer; undefined: it is unknown */
export const judge = (expected: boolean, is: boolean | undefined, reasons: readonly string[]): Judgment => ({
  outcome: is === undefined ? 'unknown' : is === expected ? 'ok' : 'not ok',
  reasons,
});
