import { compareText } from '../../../text/compare-text.ts';
import { compareDigits } from './digits.ts';

// apk-tools, src/version.c: digits{.digits}[letter]{_suffix[digits]}[~hash][-rdigits]
const VERSION = /^\d+(?:\.\d+)*[a-z]?(?:_[a-z]+\d*)*(?:~[0-9a-f]+)?(?:-r\d+)?$/;
const TOKEN =
  /^(?<first>\d+)|\.(?<digits>\d+)|_(?<suffix>[a-z]+)(?<number>\d+)?|~(?<hash>[0-9a-f]+)|-r(?<revision>\d+)|(?<letter>[a-z])/g;

/** In the order of the grammar: where two versions part, the one whose next token stands further left is greater. */
const KINDS = ['first', 'digits', 'letter', 'suffix', 'number', 'hash', 'revision', 'end'] as const;
type Token = readonly [kind: (typeof KINDS)[number], value: string];

const BEFORE = ['alpha', 'beta', 'pre', 'rc'];
const SUFFIXES = [...BEFORE, 'cvs', 'svn', 'git', 'hg', 'p'];

const tokensOf = (version: string): Token[] | undefined => {
  if (!VERSION.test(version)) return undefined;
  const found = [...version.matchAll(TOKEN)].flatMap(({ groups = {} }) =>
    KINDS.flatMap((kind): Token[] => (groups[kind] === undefined ? [] : [[kind, groups[kind]]])),
  );
  const known = found.every(([kind, value]) => kind !== 'suffix' || SUFFIXES.includes(value));
  return known ? [...found, ['end', '']] : undefined;
};

const compareValues = ([kind, a]: Token, [, b]: Token): number => {
  if (kind === 'suffix') return SUFFIXES.indexOf(a) - SUFFIXES.indexOf(b);
  // Behind a dot a leading zero makes a fraction: 1.05 < 1.5.
  const fraction = kind === 'digits' && (a.startsWith('0') || b.startsWith('0'));
  return fraction || kind === 'letter' || kind === 'hash' ? compareText(a, b) : compareDigits(a, b);
};

const isBefore = ([kind, value]: Token): boolean => kind === 'suffix' && BEFORE.includes(value);

const compareKinds = (a: Token, b: Token): number =>
  Number(isBefore(b)) - Number(isBefore(a)) || KINDS.indexOf(b[0]) - KINDS.indexOf(a[0]);

/** Versions of Alpine packages, as `apk version -t` orders them; undefined when one is none. */
export const compareApk = (a: string, b: string): number | undefined => {
  const [left, right] = [tokensOf(a), tokensOf(b)];
  if (left === undefined || right === undefined) return undefined;
  for (const [index, one] of left.entries()) {
    // The shorter one ends with its token 'end', which is of another kind than all others.
    const other = right[index]!;
    const difference = one[0] === other[0] ? compareValues(one, other) : compareKinds(one, other);
    if (difference !== 0) return difference;
  }
  return 0;
};
