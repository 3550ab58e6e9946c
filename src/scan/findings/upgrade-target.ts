import type { Finding } from './finding.ts';
import { compareText } from './order.ts';
import { type Comparator, comparatorFor } from './versions/comparator.ts';

/** Some advisories write a fix as the range that begins with it: `>= 4.17.21`. */
const RANGE_START = /^(?:>=|=|\^|~>|~)\s*/;

/** Versions that fix a finding, without what makes them ranges. */
const fixesOf = ({ fixed }: Finding): string[] => fixed.map((version) => version.replace(RANGE_START, ''));

const distinctFixes = (findings: readonly Finding[]): string[] => [...new Set(findings.flatMap(fixesOf))];

/** Compares versions that are known to be comparable. */
type Order = (a: string, b: string) => number;

const orderOf = (compare: Comparator | undefined, versions: readonly string[]): Order | undefined => {
  const [first = ''] = versions;
  if (compare === undefined || versions.some((version) => compare(first, version) === undefined)) return undefined;
  return (a, b) => compare(a, b) ?? 0;
};

/**
 * Whether a version continues the release line that one fix was made for, and not that of the next fix:
 * of the fixes 1.21.11 and 1.22.4 the version 1.21.13 has the first, 1.22.0 has none.
 */
const isSameLine = (version: string, fix: string, nextFix: string): boolean => {
  const [parts, fixParts, nextParts] = [version, fix, nextFix].map((one) => one.split('.')) as [
    string[],
    string[],
    string[],
  ];
  const parting = fixParts.findIndex((part, index) => part !== nextParts[index]);
  return parting >= 0 && fixParts.slice(0, parting + 1).every((part, index) => part === parts[index]);
};

/** No package has as many fixes, and sorting them takes long. */
const MOST_FIXES = 10_000;

/** How many versions are tried, from the lowest that can fix all: what real packages need is below 10. */
const MAX_TRIED = 64;

interface Fix {
  readonly version: string;
  /** Greater: newer; equal: the same version, written in two ways. */
  readonly rank: number;
}

/** The fixes of a finding, the oldest first; each is newer than the installed version. */
type Fixes = readonly Fix[];

const rankVersions = (versions: readonly string[], order: Order): ReadonlyMap<string, number> => {
  const ranks = new Map<string, number>();
  let rank = 0;
  let last: string | undefined;
  for (const version of versions.toSorted(order)) {
    if (last !== undefined && order(last, version) !== 0) rank += 1;
    ranks.set(version, rank);
    last = version;
  }
  return ranks;
};

const isFixedBy = ({ version, rank }: Fix, fixes: Fixes): boolean => {
  const reached = lastAtMost(fixes, rank);
  const fix = fixes[reached];
  if (fix === undefined) return false;
  const next = fixes[reached + 1];
  return next === undefined || fix.rank === rank || isSameLine(version, fix.version, next.version);
};

/** By halves. @returns -1: none */
const lastAtMost = (fixes: Fixes, rank: number): number => {
  let [low, high] = [0, fixes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fixes[middle]!.rank <= rank) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};

/**
 * The version to upgrade a package to so that all of these findings are fixed.
 * @param findings fixable ones of one package in one version; at least one
 * @returns the lowest version that fixes all, or the newest where the 64 lowest that might do not; when that cannot be
 * decided, the versions whose newest does
 */
export const upgradeTarget = (findings: readonly Finding[]): string[] => {
  const { type, installed } = findings[0]!;
  const fixes = distinctFixes(findings).sort(compareText);
  if (fixes.length === 1 || fixes.length > MOST_FIXES) return fixes;
  const order = orderOf(comparatorFor(type), [installed, ...fixes]);
  if (order === undefined) return fixes;
  const ranks = rankVersions([installed, ...fixes], order);
  const rank = (version: string): number => ranks.get(version)!;
  const toFixes = (versions: readonly string[]): Fix[] =>
    versions
      .map((version) => ({ version, rank: rank(version) }))
      .filter((fix) => fix.rank > rank(installed))
      .sort((a, b) => a.rank - b.rank);
  const ofEach = findings.map((finding) => toFixes(fixesOf(finding)));
  const least = ofEach.reduce((most, [first]) => Math.max(most, first?.rank ?? Number.POSITIVE_INFINITY), 0);
  const newer = toFixes(fixes).filter((fix) => fix.rank >= least);
  const lowest = newer.slice(0, MAX_TRIED).find((fix) => ofEach.every((each) => isFixedBy(fix, each))) ?? newer.at(-1);
  return lowest === undefined ? fixes : [lowest.version];
};
