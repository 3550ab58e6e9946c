import { compareText } from '../../../text/compare-text.ts';
import { compareDigits } from './digits.ts';

// github.com/aquasecurity/go-version, pkg/version: as many numbers as wanted, then what semantic versions have.
const VERSION =
  /^v?(?<numbers>\d+(?:\.\d+)*)(?:-(?<pre>\d[0-9A-Za-z~-]*(?:\.[0-9A-Za-z~-]+)*)|-?(?<word>[A-Za-z~-][0-9A-Za-z~-]*(?:\.[0-9A-Za-z~-]+)*))?(?:\+[0-9A-Za-z~-]+(?:\.[0-9A-Za-z~-]+)*)?$/;

interface Parts {
  readonly numbers: readonly string[];
  /** Of a pre-release; none: it is a release. */
  readonly pre: readonly string[];
}

const partsOf = (version: string): Parts | undefined => {
  const { numbers, pre, word } = VERSION.exec(version)?.groups ?? {};
  return numbers === undefined ? undefined : { numbers: numbers.split('.'), pre: (pre ?? word)?.split('.') ?? [] };
};

const isNumber = (part: string): boolean => /^\d+$/.test(part);

/** Numbers before words; of two that begin alike, the shorter first. */
const comparePre = (a: string | undefined, b: string | undefined): number => {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (isNumber(a) && isNumber(b)) return compareDigits(a, b);
  return Number(isNumber(b)) - Number(isNumber(a)) || compareText(a, b);
};

const compareLists = (
  a: readonly string[],
  b: readonly string[],
  compare: (a: string | undefined, b: string | undefined) => number,
): number => {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = compare(a[index], b[index]);
    if (difference !== 0) return difference;
  }
  return 0;
};

/**
 * Versions of NuGet, Composer, Cargo, Go, Hex, Pub, Swift, Conan and Julia packages, as Trivy orders all of these: any
 * count of numbers, an optional `v`, pre-releases before releases, build metadata ignored. Undefined when one is none.
 */
export const compareGeneric = (a: string, b: string): number | undefined => {
  const [left, right] = [partsOf(a), partsOf(b)];
  if (left === undefined || right === undefined) return undefined;
  return (
    compareLists(left.numbers, right.numbers, (one = '', other = '') => compareDigits(one, other)) ||
    Number(left.pre.length === 0) - Number(right.pre.length === 0) ||
    compareLists(left.pre, right.pre, comparePre)
  );
};
