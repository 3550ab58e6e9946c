import type { Finding } from './finding.ts';
import { compareText } from './order.ts';
import { type Comparator, comparatorFor } from './versions/comparator.ts';

/** Some advisories write a fix as the range that begins with it: `>= 4.17.21`. */
const RANGE_START = /^(?:>=|=|\^|~>|~)\s*/;

/** Versions that fix a finding, without what makes them ranges. */
const fixesOf = ({ fixed }: Finding): string[] => fixed.map((version) => version.replace(RANGE_START, ''));

const distinctFixes = (findings: readonly Finding[]): string[] => [...new Set(findings.flatMap(fixesOf))];

/** Compares what is known to be comparable. */
type Order = (a: string, b: string) => number;

const orderOf = (compare: Comparator | undefined, versions: readonly string[]): Order | undefined => {
  const [first = ''] = versions;
  if (compare === undefined || versions.some((version) => compare(first, version) === undefined)) return undefined;
  return (a, b) => compare(a, b) ?? 0;
};

/**
 * Whether a version goes on with the release line that one fix was made for, and not with the next fix's:
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

const fixesWith = (version: string, finding: Finding, order: Order): boolean => {
  const newer = fixesOf(finding)
    .filter((fix) => order(fix, finding.installed) > 0)
    .sort(order);
  const reached = newer.findLastIndex((fix) => order(fix, version) <= 0);
  if (reached < 0) return false;
  const fix = newer[reached]!;
  const next = newer[reached + 1];
  return next === undefined || order(fix, version) === 0 || isSameLine(version, fix, next);
};

/**
 * What to upgrade a package to, so that all of these findings of it are gone.
 * @param findings fixable ones of one package in one version; at least one
 * @returns the lowest version that fixes all; when that cannot be decided, the versions whose newest does
 */
export const upgradeTarget = (findings: readonly Finding[]): string[] => {
  const { type, installed } = findings[0]!;
  const fixes = distinctFixes(findings).sort(compareText);
  if (fixes.length === 1) return fixes;
  const order = orderOf(comparatorFor(type), [installed, ...fixes]);
  if (order === undefined) return fixes;
  const lowest = fixes.sort(order).find((fix) => findings.every((finding) => fixesWith(fix, finding, order)));
  return lowest === undefined ? fixes : [lowest];
};
