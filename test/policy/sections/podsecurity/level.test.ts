import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  compareStandards,
  describeStandard,
  isAtLeast,
  isLevel,
  rankStandards,
  type Standard,
} from '../../../../src/policy/sections/podsecurity/level.ts';

const standard = (text: string): Standard => {
  const [level, version = 'latest'] = text.split(':');
  return { level: level as Standard['level'], version };
};

const LEVELS = ['privileged', 'baseline', 'restricted'];
/** Oldest first. */
const VERSIONS = ['v1.0', 'v1.9', 'v1.10', 'v1.36', 'v1.100', 'latest'];
const ALL = LEVELS.flatMap((level) => VERSIONS.map((version) => ({ text: `${level}:${version}`, level, version })));

/** Another way to say it: of both level and version, one must not be lower. */
const expected = (a: (typeof ALL)[number], b: (typeof ALL)[number]): number | undefined => {
  const level = Math.sign(LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
  if (a.level === 'privileged' || b.level === 'privileged') return level;
  const version = Math.sign(VERSIONS.indexOf(a.version) - VERSIONS.indexOf(b.version));
  return level * version < 0 ? undefined : level || version;
};

for (const a of ALL) {
  for (const b of ALL) {
    const sign = expected(a, b);
    test(`${a.text} and ${b.text}: ${sign}`, () => {
      const compared = compareStandards(standard(a.text), standard(b.text));
      assert.is(compared === undefined ? undefined : Math.sign(compared), sign);
      assert.is(isAtLeast(standard(a.text), standard(b.text)), sign === 0 || sign === 1);
      const rank = Math.sign(rankStandards(standard(a.text), standard(b.text)));
      if (sign === undefined) assert.is(rank, Math.sign(LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level)));
      else assert.is(rank, sign);
    });
  }
}

test('a higher level of an older version is neither stricter nor weaker', () => {
  assert.is(compareStandards(standard('restricted:v1.0'), standard('baseline:latest')), undefined);
  assert.is(compareStandards(standard('baseline:latest'), standard('restricted:v1.0')), undefined);
});

test('a version that cannot be read compares with no other', () => {
  assert.is(compareStandards(standard('baseline:newest'), standard('baseline:v1.0')), undefined);
  assert.is(isAtLeast(standard('baseline:newest'), standard('baseline:newest')), true);
});

test('privileged allows everything in every version', () => {
  assert.is(compareStandards(standard('privileged:v1.20'), standard('privileged:latest')), 0);
  assert.is(compareStandards(standard('privileged:latest'), standard('privileged:v1.20')), 0);
  assert.is(isAtLeast(standard('baseline:v1.0'), standard('privileged:latest')), true);
});

const levels: [value: string | undefined, isLevel: boolean][] = [
  ['privileged', true],
  ['baseline', true],
  ['restricted', true],
  ['Restricted', false],
  ['strict', false],
  ['', false],
  [undefined, false],
];

for (const [value, expected] of levels) {
  test(`${value} is ${expected ? 'a' : 'no'} level`, () => assert.is(isLevel(value), expected));
}

test('a standard is written as the API server writes it', () => {
  assert.is(describeStandard({ level: 'restricted', version: 'v1.36' }), 'restricted:v1.36');
});

test.run();
