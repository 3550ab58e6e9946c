import { compareText } from '../../../text/compare-text.ts';
import { compareDigits } from './digits.ts';

/** A token with its separator, `.` or `-`; a change between digits and letters is a `-`. */
interface Token {
  readonly prefix: string;
  readonly value: string;
}

const QUALIFIERS = ['alpha', 'beta', 'milestone', 'rc', 'snapshot', '', 'sp'];
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['final', ''],
  ['ga', ''],
  ['release', ''],
  ['cr', 'rc'],
]);
/** Only with digits behind: `1-a1` is `1-alpha-1`. */
const SHORT: ReadonlyMap<string, string> = new Map([
  ['a', 'alpha'],
  ['b', 'beta'],
  ['m', 'milestone'],
]);

const isNumber = (value: string): boolean => /^\d/.test(value);
const isNull = ({ value }: Token): boolean => value === '' || /^0+$/.test(value);

const meaningOf = (text: string, digitsFollow: boolean): string => {
  if (text === '') return '0';
  return (digitsFollow ? SHORT.get(text) : undefined) ?? ALIASES.get(text) ?? text;
};

/** Null values before a `-` and at the end say nothing: `1.0.0-rc` is `1-rc`. */
const trim = (tokens: readonly Token[]): Token[] => {
  const kept: Token[] = [];
  for (const token of tokens) {
    if (token.prefix === '-') while (kept.length > 1 && isNull(kept.at(-1)!)) kept.pop();
    kept.push(token);
  }
  while (kept.length > 1 && isNull(kept.at(-1)!)) kept.pop();
  return kept;
};

const tokensOf = (version: string): Token[] => {
  const found = version
    .toLowerCase()
    .matchAll(/(^|[.-]|(?<=\d)(?=[^\d.-])|(?<=[^\d.-])(?=\d))(\d+|[^\d.-]+|)(?=(\d?))/g);
  return trim(
    [...found].map(([, separator, text = '', next], index) => ({
      prefix: separator === '' && index > 0 ? '-' : (separator ?? ''),
      value: meaningOf(text, next !== ''),
    })),
  );
};

const isQualifier = ({ value }: Token): boolean => !isNumber(value);

/** `.qualifier` and `-qualifier`, then `-number`, then `.number`. */
const rank = (token: Token): number => (isQualifier(token) ? 0 : token.prefix === '-' ? 1 : 2);

const compareQualifiers = (a: string, b: string): number => {
  const [left, right] = [a, b].map((one) => QUALIFIERS.indexOf(one) + 1 || QUALIFIERS.length + 1) as [number, number];
  return left - right || compareText(a, b);
};

const compareTokens = (a: Token, b: Token): number => {
  const difference = rank(a) - rank(b);
  if (difference !== 0) return difference;
  return isQualifier(a) ? compareQualifiers(a.value, b.value) : compareDigits(a.value, b.value);
};

/** The counterpart of a further token of the longer version. */
const nullOf = (token: Token): Token => ({ prefix: token.prefix, value: isQualifier(token) ? '' : '0' });

/** Versions of Maven artifacts, as the version order specification of Maven's POM reference says; undefined for none. */
export const compareMaven = (a: string, b: string): number | undefined => {
  if (a === '' || b === '') return undefined;
  const [left, right] = [tokensOf(a), tokensOf(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const [one, other] = [left[index], right[index]];
    const difference = compareTokens(one ?? nullOf(other!), other ?? nullOf(one!));
    if (difference !== 0) return difference;
  }
  return 0;
};
