import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { comparatorFor, exclusiveBoundsFor } from '../../../../src/scan/findings/versions/comparator.ts';
import { type FixedRange, fixedRanges } from '../../../../src/scan/findings/versions/fixed-ranges.ts';

const PYTHON = 'python-pkg';
const compare = comparatorFor(PYTHON)!;
const isBelow = (a: string, b: string): boolean => compare(a, b)! < 0;

const isIn = (version: string, { from, after, before, upTo, except = [] }: FixedRange): boolean =>
  (after === undefined ? !isBelow(version, from) : isBelow(after, version)) &&
  (before === undefined || isBelow(version, before)) &&
  (upTo === undefined || !isBelow(upTo, version)) &&
  !except.some((other) => compare(other, version) === 0);

const VERSIONS = [
  ...['0.9', '0.9.post1', '1.0.dev0', '1.0a1.dev1', '1.0a1', '1.0a1.post1', '1.0a2', '1.0rc1', '1.0'],
  ...['1.0.post1.dev0', '1.0.post1', '1.0.post2', '1.0.1.dev0', '1.0.1rc1', '1.0.1', '1.1.dev0', '1.1a1', '1.1'],
  ...['2.dev0', '2a1', '2.0', '1!0.5'],
];

/**
 * As Python's packaging 24.1 answers: `SpecifierSet(…).contains(version, prereleases=True)`. Not here: behind a pre-release,
 * as in >1.0rc1, it leaves out post-releases of 1.0 too, of which PEP 440 says nothing.
 */
const ANSWERS: readonly (readonly [specifiers: string, ...contained: string[]])[] = [
  ['> 1.0', '1.0.1.dev0', '1.0.1rc1', '1.0.1', '1.1.dev0', '1.1a1', '1.1', '2.dev0', '2a1', '2.0', '1!0.5'],
  [
    '>= 1.0',
    '1.0',
    '1.0.post1.dev0',
    '1.0.post1',
    '1.0.post2',
    '1.0.1.dev0',
    '1.0.1rc1',
    '1.0.1',
    '1.1.dev0',
    '1.1a1',
    '1.1',
    '2.dev0',
    '2a1',
    '2.0',
    '1!0.5',
  ],
  [
    '> 1.0.post1',
    '1.0.post2',
    '1.0.1.dev0',
    '1.0.1rc1',
    '1.0.1',
    '1.1.dev0',
    '1.1a1',
    '1.1',
    '2.dev0',
    '2a1',
    '2.0',
    '1!0.5',
  ],
  ['> 0.9, < 1.0'],
  ['>= 0.9, < 1.0rc1', '0.9', '0.9.post1', '1.0.dev0', '1.0a1.dev1', '1.0a1', '1.0a1.post1', '1.0a2'],
  ['>= 1.0, < 1.0.post1', '1.0'],
  [
    '>= 0.9, < 1.0.post2.dev0',
    '0.9',
    '0.9.post1',
    '1.0.dev0',
    '1.0a1.dev1',
    '1.0a1',
    '1.0a1.post1',
    '1.0a2',
    '1.0rc1',
    '1.0',
    '1.0.post1.dev0',
    '1.0.post1',
  ],
  ['>= 1.0rc1, < 1.0'],
  ['>= 1.0rc1, <= 1.0', '1.0rc1', '1.0'],
  ['> 1.0, < 1.1', '1.0.1.dev0', '1.0.1rc1', '1.0.1'],
  ['> 1.0, < 2.0, != 1.0.1', '1.0.1.dev0', '1.0.1rc1', '1.1.dev0', '1.1a1', '1.1'],
  ['< 2.0, > 1.0', '1.0.1.dev0', '1.0.1rc1', '1.0.1', '1.1.dev0', '1.1a1', '1.1'],
  [
    '~= 1.0',
    '1.0',
    '1.0.post1.dev0',
    '1.0.post1',
    '1.0.post2',
    '1.0.1.dev0',
    '1.0.1rc1',
    '1.0.1',
    '1.1.dev0',
    '1.1a1',
    '1.1',
  ],
  ['~= 1.0.0', '1.0', '1.0.post1.dev0', '1.0.post1', '1.0.post2', '1.0.1.dev0', '1.0.1rc1', '1.0.1'],
  ['~= 1.0.post1', '1.0.post1', '1.0.post2', '1.0.1.dev0', '1.0.1rc1', '1.0.1', '1.1.dev0', '1.1a1', '1.1'],
  ['> 1!0.4', '1!0.5'],
];

for (const [specifiers, ...contained] of ANSWERS) {
  test(`Python: ${specifiers}`, () => {
    const ranges = fixedRanges([specifiers], compare, exclusiveBoundsFor(PYTHON));
    assert.equal(
      VERSIONS.filter((version) => ranges.some((range) => isIn(version, range))),
      contained,
    );
  });
}

test('a wildcard behind < is no version', () => {
  const [range] = fixedRanges(['>= 1.0, < 2.*'], compare, exclusiveBoundsFor(PYTHON));
  assert.equal(range, { from: '1.0', before: '2.dev0', line: false });
});

test.run();
