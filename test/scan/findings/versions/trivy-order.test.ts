// suite: tools
// timeout: 900s
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { askVersions, type VersionKind, type VersionQuestion } from '../../../../hack/versions/ask.ts';
import { upgradeOf } from '../../../../src/scan/findings/upgrade-target.ts';
import { comparatorFor } from '../../../../src/scan/findings/versions/comparator.ts';
import { known } from '../known-finding.ts';

const number = fc.oneof(
  { weight: 6, arbitrary: fc.nat(3) },
  { weight: 1, arbitrary: fc.constantFrom(9, 10, 20230102) },
);
const numbers = (min: number, max: number) =>
  fc.array(number, { minLength: min, maxLength: max }).map((list) => list.join('.'));
const maybe = (text: fc.Arbitrary<string>) => fc.oneof(fc.constant(''), text);
const join = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((texts) => texts.join(''));
const word = (...words: string[]) => fc.constantFrom(...words);
const digits = number.map(String);

const pre = maybe(join(fc.constant('-'), word('alpha', 'beta', 'rc', '0', '1'), maybe(join(fc.constant('.'), digits))));
const build = maybe(word('+incompatible', '+1', '+build.7'));
const pseudo = word(
  'v0.0.0-20211202192323-5770296d904e',
  'v0.0.0-20220314234659-1baeb1ce4c0b',
  'v0.0.0-20211202192322-ffffffffffff',
  'v1.2.4-0.20220314234659-1baeb1ce4c0b',
);

const mavens = (separator: string) =>
  join(
    numbers(1, 4),
    fc.oneof(
      fc.constant(''),
      join(
        fc.constant(separator),
        word('alpha', 'beta', 'M', 'rc', 'SP', 'jre', 'v20180606'),
        maybe(join(maybe(fc.constant(separator)), digits)),
      ),
      join(fc.constant(separator), word('SNAPSHOT', 'Final', 'RELEASE', 'GA', 'android')),
    ),
  );

/** Versions as packages of this kind have them, and now and then one that is none. */
const VERSIONS: Readonly<Record<VersionKind, readonly [type: string, ...alike: fc.Arbitrary<string>[]]>> = {
  deb: [
    'debian',
    join(
      maybe(join(digits, fc.constant(':'))),
      numbers(1, 3),
      maybe(word('~rc1', '+dfsg', 'a', '~beta2', '+git20230102', '.dfsg.1')),
      maybe(join(fc.constant('-'), digits, maybe(word('+b1', '~deb12u1', '~deb12u10', 'ubuntu0.1', '.1')))),
    ),
  ],
  apk: [
    'alpine',
    join(
      numbers(1, 3),
      maybe(word('a', 'b')),
      maybe(join(word('_alpha', '_rc', '_p', '_git', '_pre'), maybe(digits))),
      maybe(join(fc.constant('-r'), digits)),
    ),
  ],
  rpm: [
    'redhat',
    join(
      maybe(join(digits, fc.constant(':'))),
      numbers(1, 3),
      maybe(word('~rc1', '^git1', '~beta', '^20230102', 'a', '.p1')),
      fc.constant('-'),
      numbers(1, 2),
      maybe(word('.el9', '.el9_3.3', '.el9_3.10', '.fc40', '.amzn2023')),
    ),
  ],
  gem: [
    'gemspec',
    join(
      numbers(1, 4),
      maybe(join(fc.constant('.'), word('alpha', 'beta', 'pre', 'rc'), maybe(digits))),
      maybe(word('.1')),
    ),
  ],
  generic: [
    'nuget',
    fc.oneof(join(maybe(word('v')), numbers(1, 4), pre, build), pseudo, word('dev-master', '1.2beta3')),
  ],
  npm: ['node-pkg', fc.oneof(join(numbers(3, 3), pre, build), word('1.0.0-rc.10', '1.0.0-rc.9', 'latest'))],
  pep440: [
    'python-pkg',
    join(
      maybe(word('1!')),
      numbers(1, 4),
      maybe(join(word('a', 'b', 'rc', '.alpha', '-beta'), digits)),
      maybe(join(fc.constant('.post'), digits)),
      maybe(join(fc.constant('.dev'), digits)),
    ),
  ],
  // Trivy's library parts from Maven's own order where separators are mixed, and where a number follows SNAPSHOT or Final.
  maven: ['jar', mavens('-'), mavens('.')],
  bitnami: ['bitnami', join(numbers(3, 3), maybe(join(fc.constant('-'), digits)))],
};

const PAIRS = 3_000;
/** The same versions each time, so that a difference can be found again. */
const SEED = 20261129;

for (const [kind, [type, ...versions]] of Object.entries(VERSIONS) as [
  VersionKind,
  readonly [string, ...fc.Arbitrary<string>[]],
][]) {
  test(`${kind}: ${PAIRS} pairs of versions are ordered as Trivy orders them`, async () => {
    const pairs = fc.sample(fc.oneof(...versions.map((one) => fc.tuple(one, one))), { numRuns: PAIRS, seed: SEED });
    const answers = await askVersions(pairs.map(([a, b]): VersionQuestion => ['order', kind, a, b]));
    const compare = comparatorFor(type)!;
    const different = pairs.flatMap(([a, b], index) => {
      const order = compare(a, b);
      // No order is an answer too: the row says that the versions cannot be ordered.
      const ours = order === undefined ? '?' : String(Math.sign(order));
      return ours === answers[index] || ours === '?' ? [] : [`${a} ${b}: Trivy ${answers[index]}, here ${ours}`];
    });
    assert.equal(different, []);
    const ordered = pairs.filter(([a, b]) => compare(a, b) !== undefined).length;
    assert.ok(ordered > PAIRS / 2, `only ${ordered} are ordered`);
  });
}

const release = numbers(2, 4);
const between = (type: string, version: fc.Arbitrary<string>, and: string) =>
  fc
    .tuple(version, version)
    .filter(([low, high]) => (comparatorFor(type)?.(low, high) ?? 0) < 0)
    .map(([low, high]) => `>=${low}${and}<${high}`);
const line = (operator: string) => release.map((version) => `${operator} ${version}`);
const RANGES: readonly (readonly [VersionKind, type: string, range: fc.Arbitrary<string>])[] = [
  [
    'gem',
    'gemspec',
    fc.oneof(
      line('>='),
      line('~>'),
      line('>'),
      release,
      fc.tuple(numbers(2, 3), fc.nat(5), fc.nat(3)).map(([at, n, m]) => `~> ${at}.${n}, >= ${at}.${n}.${m}`),
      between('gemspec', release, ', '),
      fc.tuple(release, release).map(([low, not]) => `>= ${low}, != ${not}`),
    ),
  ],
  ['generic', 'composer', fc.oneof(line('>='), line('^'), line('~'), release, between('composer', release, ' '))],
  [
    'npm',
    'npm',
    fc.oneof(
      numbers(3, 3).map((version) => `>=${version}`),
      numbers(3, 3).map((version) => `^${version}`),
      numbers(3, 3).map((version) => `~${version}`),
      numbers(3, 3),
      between('npm', numbers(3, 3), ' '),
    ),
  ],
  ['pep440', 'pip', fc.oneof(line('>='), line('~='), release, between('pip', release, ','))],
];

for (const [kind, type, range] of RANGES) {
  test(`${kind}: a version that advice names is newer, and in the ranges of every finding as Trivy reads them`, async () => {
    const cases = fc.sample(
      fc.record({
        installed: kind === 'npm' ? numbers(3, 3) : release,
        patched: fc.array(fc.array(range, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
      }),
      { numRuns: PAIRS, seed: SEED },
    );
    const questions: VersionQuestion[] = [];
    let named = 0;
    for (const { installed, patched } of cases) {
      // As Trivy joins them, and parse.ts takes them apart.
      const findings = patched.map((ranges, n) => {
        const fixed = [...new Set(ranges)].join(', ').split(',');
        return known({ id: `CVE-${n}`, type, installed, fixed: fixed.map((one) => one.trim()) });
      });
      const { to } = upgradeOf(findings);
      if (!('version' in to)) continue;
      named += 1;
      questions.push(['order', kind, to.version, installed]);
      // A version alone means the first fixed one of its line.
      const lines = patched.filter((ranges) => ranges.every((one) => !/^\d/.test(one)));
      questions.push(...lines.map((ranges): VersionQuestion => ['in', kind, to.version, ...ranges]));
    }
    const answers = await askVersions(questions);
    const wrong = questions.filter((question, i) => answers[i] !== (question[0] === 'order' ? '1' : 'true'));
    assert.equal(wrong, []);
    assert.ok(named > PAIRS / 10, `only ${named} versions are named`);
  });
}

test.run();
