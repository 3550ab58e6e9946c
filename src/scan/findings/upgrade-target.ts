import { compareText } from '../../text/compare-text.ts';
import type { Finding } from './finding.ts';
import { type Comparator, comparatorFor, exclusiveBoundsFor, isSourceVersioned } from './versions/comparator.ts';
import { type FixedRange, fixedRanges } from './versions/fixed-ranges.ts';

/** The version to upgrade a package to. */
export type UpgradeTarget =
  | { readonly version: string }
  /** Any version newer than this one: no advisory names one. */
  | { readonly above: string; readonly andPostReleases?: true }
  /** A package of this version of the source: versions of the package itself are others. */
  | { readonly source: string }
  /** Not decided: one of these, which are not the installed version or, as far as that is known, an older one. */
  | { readonly oneOf: readonly string[]; readonly why: 'UnknownOrder' | 'NoCommonVersion' };

export interface Upgrade {
  readonly to: UpgradeTarget;
  /** The findings that the target fixes. */
  readonly fixes: readonly Finding[];
}

/** No package has as many fixes, and sorting them takes long. */
const MOST_FIXES = 10_000;

const distinct = (versions: readonly string[]): string[] => [...new Set(versions)].sort(compareText);

const partsOf = (version: string, length: number): string[] => {
  const parts = version.replace(/^v(?=\d)/, '').split('.');
  return [...parts, ...Array.from({ length: Math.max(0, length - parts.length) }, () => '0')];
};

/**
 * Whether a version continues the release line that one fix was made for, and not that of the next fix:
 * of the fixes 1.21.11 and 1.22.4 the version 1.21.13 has the first, 1.22.0 has none.
 */
const isSameLine = (version: string, fix: string, nextFix: string): boolean => {
  const length = Math.max(fix.split('.').length, nextFix.split('.').length);
  const [parts, fixParts, nextParts] = [version, fix, nextFix].map((one) => partsOf(one, length)) as [
    string[],
    string[],
    string[],
  ];
  const parting = fixParts.findIndex((part, index) => part !== nextParts[index]);
  return parting >= 0 && fixParts.slice(0, parting + 1).every((part, index) => part === parts[index]);
};

/** Positions on the line of all versions that are named: a version has an even one, what lies between two an odd one. */
interface Line {
  readonly at: (version: string) => number;
  /** By rank, which is half the position. */
  readonly versions: readonly string[];
  /** Whether the version there exists: a bound such as 2.0.dev0 may not. */
  readonly isNamed: (position: number) => boolean;
}

const lineOf = (named: readonly string[], bounds: readonly string[], compare: Comparator): Line => {
  const ranks = new Map<string, number>();
  const byRank: string[] = [];
  for (const version of distinct([...named, ...bounds]).toSorted((a, b) => compare(a, b) ?? 0)) {
    const last = byRank.at(-1);
    if (last === undefined || compare(last, version) !== 0) byRank.push(version);
    ranks.set(version, byRank.length - 1);
  }
  const at = (version: string): number => 2 * ranks.get(version)!;
  const positions = new Set(named.map(at));
  return { at, versions: byRank, isNamed: (position) => positions.has(position) };
};

/** First and last position. */
type Interval = readonly [start: number, end: number];

const startOf = ({ from, after }: FixedRange, { at }: Line): number => (after === undefined ? at(from) : at(after) + 1);

/** The last of the versions before the next range that are still of this one's release line. By halves. */
const endOfLine = (from: string, next: string, { at, versions }: Line): number => {
  let [low, high] = [at(from) / 2 + 1, at(next) / 2];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isSameLine(versions[middle]!, from, next)) low = middle + 1;
    else high = middle;
  }
  return 2 * (low - 1) + 1;
};

const endOf = (range: FixedRange, next: FixedRange | undefined, line: Line): number => {
  if (range.before !== undefined) return line.at(range.before) - 1;
  if (range.upTo !== undefined) return line.at(range.upTo);
  return next === undefined ? 2 * line.versions.length : endOfLine(range.from, next.from, line);
};

/** Without overlaps, the oldest first. */
const union = (intervals: readonly Interval[]): Interval[] => {
  const apart: [number, number][] = [];
  for (const [start, end] of intervals.toSorted(([a], [b]) => a - b)) {
    const last = apart.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else if (start <= end) apart.push([start, end]);
  }
  return apart;
};

/** Behind a position, within an interval. */
const nextAfter = (position: number, end: number, { isNamed }: Line): number => {
  let next = position + 2;
  while (next < end && !isNamed(next)) next += 2;
  return next < end ? next : position + 1;
};

/** An interval without these positions, which are sorted; it goes on with the next version that has a name. */
const without = ([start, end]: Interval, positions: readonly number[], line: Line): Interval[] => {
  const within = positions.filter((position) => start <= position && position <= end);
  const starts = [start, ...within.map((position) => nextAfter(position, end, line))];
  return starts.map((first, index): Interval => [first, (within[index] ?? end + 1) - 1]);
};

/** For each range the next one that begins later. */
const followers = (sorted: readonly FixedRange[], starts: readonly number[]): (FixedRange | undefined)[] => {
  const next = new Array<FixedRange | undefined>(sorted.length);
  for (let index = sorted.length - 2; index >= 0; index -= 1) {
    next[index] = starts[index] === starts[index + 1] ? next[index + 1] : sorted[index + 1];
  }
  return next;
};

/** Where a finding is fixed. A range with the installed version is not believed: that has the finding. */
const intervalsOf = (ranges: readonly FixedRange[], line: Line, installed: number): Interval[] => {
  const sorted = ranges.toSorted((a, b) => startOf(a, line) - startOf(b, line));
  const starts = sorted.map((range) => startOf(range, line));
  const next = followers(sorted, starts);
  const newer = sorted.flatMap((range, index) => {
    const start = starts[index]!;
    const except = [...new Set(range.except?.map(line.at))].sort((a, b) => a - b);
    return start > installed ? without([start, endOf(range, next[index], line)], except, line) : [];
  });
  return union(newer);
};

const contains = (intervals: readonly Interval[], position: number): boolean =>
  intervals.some(([start, end]) => start <= position && position <= end);

/** The lowest position that all have. */
const lowestCommon = (all: readonly (readonly Interval[])[]): number | undefined => {
  const changes = new Map<number, number>();
  const change = (position: number, by: number) => changes.set(position, (changes.get(position) ?? 0) + by);
  for (const [start, end] of all.flat()) {
    change(start, 1);
    change(end + 1, -1);
  }
  let covered = 0;
  for (const [position, by] of [...changes].sort(([a], [b]) => a - b)) {
    covered += by;
    if (covered === all.length) return position;
  }
  return undefined;
};

const namedIn = (ranges: readonly FixedRange[]): string[] =>
  ranges.flatMap(({ from, upTo = from, except = [] }) => [from, upTo, ...except]);

const boundsOf = (ranges: readonly FixedRange[]): string[] =>
  ranges.flatMap(({ from, before = from, after = from }) => [before, after]);

/** One plain version needs no order. */
const withoutOrder = (findings: readonly Finding[]): Upgrade => {
  const [{ type, installed }] = findings as [Finding];
  const fixes = distinct(findings.flatMap(({ fixed }) => fixed));
  const compare = fixes.length > MOST_FIXES ? undefined : comparatorFor(type);
  const newer = fixes.filter((version) => version !== installed && (compare?.(version, installed) ?? 1) > 0);
  const [only = ''] = newer;
  const to =
    fixes.length === 1 && /^\w/.test(only) ? { version: only } : { oneOf: newer, why: 'UnknownOrder' as const };
  return { to, fixes: findings };
};

/**
 * The lowest version newer than the installed one that fixes all of these findings: of the same release line if that has one.
 * @param wanted fixable findings of one package in one version; at least one
 * @param all the fixable findings of the package, of which `fixes` tells what else the version fixes
 */
export const upgradeOf = (wanted: readonly Finding[], all: readonly Finding[] = wanted): Upgrade => {
  const { type, installed } = wanted[0]!;
  const compare = comparatorFor(type);
  if (compare?.(installed, installed) === undefined) return withoutOrder(wanted);
  if (new Set(all.flatMap(({ fixed }) => fixed)).size > MOST_FIXES) return withoutOrder(wanted);
  const exclusive = exclusiveBoundsFor(type);
  const ranges = new Map(all.map((finding) => [finding, fixedRanges(finding.fixed, compare, exclusive)]));
  if (wanted.some((finding) => ranges.get(finding)!.length === 0)) return withoutOrder(wanted);
  const every = [...ranges.values()].flat();
  const line = lineOf([installed, ...namedIn(every)], boundsOf(every), compare);
  const fixedAt = new Map(all.map((one) => [one, intervalsOf(ranges.get(one)!, line, line.at(installed))]));
  const target = lowestCommon(wanted.map((finding) => fixedAt.get(finding)!));
  if (target === undefined) return withoutCommon(wanted, ranges, line);
  const fixes = all.filter((finding) => contains(fixedAt.get(finding)!, target));
  const starts = every.filter((range) => startOf(range, line) === target);
  const version = starts.map(({ from }) => from).sort(compareText)[0] ?? line.versions[target >> 1]!;
  if (target % 2 === 0) return { to: { version }, fixes };
  const andPostReleases = starts.some(({ from, after }) => after !== from);
  return { to: { above: version, ...(andPostReleases && { andPostReleases }) }, fixes };
};

const withoutCommon = (
  wanted: readonly Finding[],
  ranges: ReadonlyMap<Finding, readonly FixedRange[]>,
  { at }: Line,
): Upgrade => {
  const [{ type, installed }] = wanted as [Finding];
  const starts = wanted.flatMap((finding) => ranges.get(finding)!.map(({ from }) => from));
  const fixes = distinct(starts).sort((a, b) => at(a) - at(b));
  const to: UpgradeTarget = isSourceVersioned(type)
    ? { source: fixes.at(-1)! }
    : { oneOf: fixes.filter((version) => at(version) > at(installed)), why: 'NoCommonVersion' };
  return { to, fixes: wanted };
};
