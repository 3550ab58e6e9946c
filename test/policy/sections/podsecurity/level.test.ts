import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  compareStandards,
  describeStandard,
  isLevel,
  type Standard,
  stricter,
} from '../../../../src/policy/sections/podsecurity/level.ts';

const standard = (text: string): Standard => {
  const [level, version = 'latest'] = text.split(':');
  return { level: level as Standard['level'], version };
};

/** Weakest first. */
const ORDER = [
  'privileged:latest',
  'baseline:v1.0',
  'baseline:v1.9',
  'baseline:v1.10',
  'baseline:v1.36',
  'baseline:latest',
  'restricted:v1.0',
  'restricted:v1.9',
  'restricted:v1.10',
  'restricted:v1.100',
  'restricted:latest',
];

for (const [i, a] of ORDER.entries()) {
  for (const [j, b] of ORDER.entries()) {
    test(`${a} is ${i < j ? 'weaker than' : i > j ? 'stricter than' : 'equal to'} ${b}`, () => {
      assert.is(Math.sign(compareStandards(standard(a), standard(b))), Math.sign(i - j));
      assert.is(describeStandard(stricter(standard(a), standard(b))), i >= j ? a : b);
    });
  }
}

test('privileged allows everything in every version', () => {
  assert.is(compareStandards(standard('privileged:v1.20'), standard('privileged:latest')), 0);
  assert.is(compareStandards(standard('privileged:latest'), standard('privileged:v1.20')), 0);
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
