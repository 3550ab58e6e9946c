import { compareText } from '../../../text/compare-text.ts';
import { compareDigits } from './digits.ts';

const VERSION = /^(?:(?<epoch>\d+):)?(?<version>[^\s:-]+)(?:-(?<release>[^\s:-]+))?$/;

/** Digits, letters, `~` and `^`; everything else only separates. */
const segmentsOf = (text: string): string[] => text.match(/\d+|[A-Za-z]+|[~^]/g) ?? [];

/** `~` before the end, the end before `^`, that before letters, these before digits. */
const rank = (segment: string | undefined): number => {
  if (segment === undefined) return 1;
  if (segment === '~') return 0;
  if (segment === '^') return 2;
  return /\d/.test(segment) ? 4 : 3;
};

const compareSegments = (a: string | undefined, b: string | undefined): number => {
  const difference = rank(a) - rank(b);
  if (difference !== 0 || a === undefined || b === undefined) return difference;
  return /\d/.test(a) ? compareDigits(a, b) : compareText(a, b);
};

const comparePart = (a: string, b: string): number => {
  const [left, right] = [segmentsOf(a), segmentsOf(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = compareSegments(left[index], right[index]);
    if (difference !== 0) return difference;
  }
  return 0;
};

/** Versions of RPM packages, as rpmvercmp of rpm-version(7) orders them; undefined when one is none. */
export const compareRpm = (a: string, b: string): number | undefined => {
  const [left, right] = [VERSION.exec(a)?.groups, VERSION.exec(b)?.groups];
  if (left === undefined || right === undefined) return undefined;
  return (
    compareDigits(left.epoch ?? '', right.epoch ?? '') ||
    comparePart(left.version ?? '', right.version ?? '') ||
    comparePart(left.release ?? '', right.release ?? '')
  );
};
