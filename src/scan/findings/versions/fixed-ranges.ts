import type { Comparator } from './comparator.ts';

/** Versions without a finding: from one version on, to the end of a release line or for ever. */
export interface FixedRange {
  readonly from: string;
  /** The last version below it, `from` or one of its post-releases: `from` itself still has the finding. */
  readonly after?: string;
  /** The first version beyond, perhaps a pre-release that nobody made. Absent: the advisory names no end. */
  readonly before?: string;
  /** The last version. */
  readonly upTo?: string;
  /** Versions of the range that have the finding. */
  readonly except?: readonly string[];
}

/** For kinds whose `<` and `>` leave out more than the version. */
export interface ExclusiveBounds {
  /** The first version that `<` leaves out. */
  before(version: string): string;
  /** The last version that `>` leaves out. */
  after(version: string): string;
}

const same = (version: string): string => version;
const AT_THE_VERSION: ExclusiveBounds = { before: same, after: same };

/** An upper end. */
interface End {
  /** As the advisory writes it, without a wildcard. */
  readonly version: string;
  readonly bound: Pick<FixedRange, 'before' | 'upTo'>;
}

type Open = { -readonly [key in keyof FixedRange]: FixedRange[key] } & {
  except?: string[];
  /** Of an operator such as ~>, which has both ends: one more lower end narrows it. */
  line?: boolean;
};

// Trivy joins the ranges of an advisory with the same comma that joins the conditions of a range.
const CLAUSE =
  /(?<or>\|\|)|(?<operator>===|[=!<>]=|=[<>]|~[>=]|[<>=~^])?\s*(?<version>(?:\d+!)?[^\s,|<>=!~^][^\s,|<>=!]*)/g;
/** Of a Python package. */
const EPOCH = /^\d+!/;
const WILDCARD = /(?:\.[*xX])+$/;

/** @param after makes the end of the version without its epoch */
const withEpoch = (version: string, after: (version: string) => string): string => {
  const [epoch = ''] = EPOCH.exec(version) ?? [];
  return epoch + after(version.slice(epoch.length));
};

const numbersOf = (version: string): number[] =>
  (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map((number) => Number(number));

/** `~> 7.2.2` ends before 7.3, and `~> 7` before 8. */
const afterLine = (version: string): string => {
  const numbers = numbersOf(version);
  const kept = numbers.slice(0, Math.max(1, numbers.length - 1));
  return kept.with(-1, kept.at(-1)! + 1).join('.');
};

const afterPrefix = (version: string): string => {
  const numbers = numbersOf(version);
  return numbers.with(-1, numbers.at(-1)! + 1).join('.');
};

/** npm and Trivy: `~1.2` ends before 1.3. */
const afterTilde = (version: string): string =>
  numbersOf(version).length === 2 ? afterPrefix(version) : afterLine(version);

/** `^0.2.3` ends before 0.3, `^1.2.3` before 2. */
const afterCaret = (version: string): string => {
  const numbers = numbersOf(version);
  const first = numbers.findIndex((number) => number !== 0);
  const kept = first < 0 ? numbers : numbers.slice(0, first + 1);
  return kept.with(-1, kept.at(-1)! + 1).join('.');
};

const LINES: Readonly<Record<string, (version: string) => string>> = {
  '~>': afterLine,
  '~=': afterLine,
  '~': afterTilde,
  '^': afterCaret,
};

/** Semantic versions need three numbers. */
const complete = (version: string): string => {
  const count = version.split('.').length;
  return `${version}${'.0'.repeat(Math.max(0, 3 - count))}`;
};

/** Puts clauses together to ranges. */
class Ranges {
  readonly found: Open[] = [];
  readonly #compare: Comparator;
  readonly #exclusive: ExclusiveBounds;
  #open: Open | undefined;
  /** An upper end before its lower one: `< 5, >= 4.1`. */
  #end: End | undefined;

  constructor(compare: Comparator, exclusive: ExclusiveBounds) {
    this.#compare = compare;
    this.#exclusive = exclusive;
  }

  close(): void {
    this.#open = undefined;
    this.#end = undefined;
  }

  add(operator: string, version: string): void {
    if (operator === '!=') this.#except(version);
    else if (operator.includes('<')) this.#upper(version, operator.includes('='));
    else if (operator.includes('>') && operator !== '~>') this.#lower(version, operator === '>');
    else if (LINES[operator] !== undefined) this.#line(version, withEpoch(version, LINES[operator]));
    else this.#point(version);
  }

  #isBelow(a: string, b: string): boolean {
    return (this.#compare(a, b) ?? 0) < 0;
  }

  #push(range: Open): void {
    this.#open = range;
    this.found.push(range);
  }

  /** A version alone: the first of its line, and the comma after it always separates. */
  #point(version: string): void {
    this.close();
    if (!WILDCARD.test(version)) this.found.push({ from: version });
    else if (!version.startsWith('*')) this.#line(version.replace(WILDCARD, ''), withEpoch(version, afterPrefix));
  }

  /** `~> 7.2.2, >= 7.2.2.1` is one range; `~> 7.2.2, >= 8.0.1` are two. */
  #lower(version: string, isAfter: boolean): void {
    const from = version.replace(WILDCARD, '');
    const after = isAfter ? { after: this.#exclusive.after(from) } : {};
    const open = this.#open;
    if (open?.line && !this.#isBelow(from, open.from) && this.#isBelow(from, open.before!)) {
      Object.assign(open, { from, line: false }, after);
      return;
    }
    const end = this.#end;
    this.#end = undefined;
    this.#push({ from, ...after, ...(end !== undefined && this.#isBelow(from, end.version) && end.bound) });
  }

  #line(from: string, end: string): void {
    const before = this.#bound(end);
    const open = this.#open;
    const isEndless = open !== undefined && open.before === undefined && open.upTo === undefined;
    if (isEndless && !this.#isBelow(open.from, from) && this.#isBelow(open.from, before)) open.before = before;
    else this.#push({ from, before, line: true });
  }

  #upper(written: string, isWithin: boolean): void {
    const version = written.replace(WILDCARD, '');
    const bound = isWithin ? { upTo: version } : { before: this.#exclusive.before(version) };
    const open = this.#open;
    if (open !== undefined && this.#isBelow(open.from, version)) Object.assign(open, bound, { line: false });
    else this.#end = { version, bound };
  }

  #except(version: string): void {
    if (this.#open === undefined) return;
    this.#open.except ??= [];
    this.#open.except.push(version);
  }

  /** In a form that the kind can compare; of gems and Python packages before its pre-releases, which are of the next line. */
  #bound(version: string): string {
    const first = this.#exclusive.before(version);
    if (first !== version) return first;
    const ofGems = `${version}.a`;
    if ((this.#compare(ofGems, version) ?? 0) < 0) return ofGems;
    return this.#compare(version, version) === undefined ? complete(version) : version;
  }
}

/**
 * The ranges of versions in which a finding is fixed.
 * @param fixed as the scanner lists them: versions, `>= 4.17.21`, `~> 7.2.2` and `>= 7.2.2.1` behind each other…
 * @param exclusive as exclusiveBoundsFor gives it
 */
export const fixedRanges = (
  fixed: readonly string[],
  compare: Comparator,
  exclusive: ExclusiveBounds = AT_THE_VERSION,
): FixedRange[] => {
  const ranges = new Ranges(compare, exclusive);
  for (const { groups } of fixed.join(', ').matchAll(CLAUSE)) {
    const { or, operator = '', version = '' } = groups!;
    const bare = version.replace(WILDCARD, '');
    if (or !== undefined) ranges.close();
    else if (version === '*' || compare(bare, bare) !== undefined || WILDCARD.test(version))
      ranges.add(operator, version);
  }
  return ranges.found.filter(({ from }) => compare(from, from) !== undefined);
};
