import { compareDigits } from './digits.ts';

// deb-version(7)
const VERSION = /^(?:(?<epoch>\d+):)?(?<upstream>[0-9A-Za-z.+~-]*?)(?:-(?<revision>[0-9A-Za-z.+~]*))?$/;

/** Letters before all else, `~` even before the end. */
const weight = (character: string | undefined): number => {
  if (character === undefined) return 0;
  if (character === '~') return -1;
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
};

const compareNonDigits = (a: string, b: string): number => {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = weight(a[index]) - weight(b[index]);
    if (difference !== 0) return difference;
  }
  return 0;
};

/** Pairs of non-digits and digits: `1.2a` is ['', '1', '.', '2', 'a', '']. */
const parts = (text: string): string[] =>
  [...text.matchAll(/(\D*)(\d*)/g)].flatMap(([, other = '', digits = '']) => [other, digits]);

const comparePart = (a: string, b: string): number => {
  const [left, right] = [parts(a), parts(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const compare = index % 2 === 0 ? compareNonDigits : compareDigits;
    const difference = compare(left[index] ?? '', right[index] ?? '');
    if (difference !== 0) return difference;
  }
  return 0;
};

/** Versions of Debian packages, as deb-version(7) orders them; undefined when one is none. */
export const compareDpkg = (a: string, b: string): number | undefined => {
  const [left, right] = [VERSION.exec(a)?.groups, VERSION.exec(b)?.groups];
  if (!left?.upstream || !right?.upstream) return undefined;
  return (
    compareDigits(left.epoch ?? '', right.epoch ?? '') ||
    comparePart(left.upstream, right.upstream) ||
    comparePart(left.revision ?? '', right.revision ?? '')
  );
};
