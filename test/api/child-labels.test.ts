import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isLabelKey, isLabelValue, isReservedLabelKey } from '../../src/api/child-labels.ts';
import { RESERVED_LABEL_KEYS } from '../cli/validation-cases.ts';

// The schema has the same rules: the cases of test/cli/validation-cases.ts go to both.
for (const key of RESERVED_LABEL_KEYS) {
  test(`${key} is reserved`, () => assert.ok(isReservedLabelKey(key)));
}

for (const key of ['team', 'app.kubernetes.io/part-of', 'example.com/argocd.argoproj.io', 'instance', 'constructor']) {
  test(`${key} is not reserved`, () => assert.not.ok(isReservedLabelKey(key)));
}

const keys: [key: string, valid: boolean][] = [
  ['team', true],
  ['example.com/Team_1.a', true],
  [`${'a'.repeat(253)}/x`, true],
  [`${'a'.repeat(254)}/x`, false],
  ['x'.repeat(63), true],
  ['x'.repeat(64), false],
  ['', false],
  ['a/b/c', false],
  ['-a', false],
  ['A.b/c', false],
];
for (const [key, valid] of keys) {
  test(`label key ${key.slice(0, 20)} of ${key.length} characters: ${valid}`, () => assert.is(isLabelKey(key), valid));
}

const values: [value: string, valid: boolean][] = [
  ['', true],
  ['42', true],
  ['a_b.C-d', true],
  ['x'.repeat(63), true],
  ['x'.repeat(64), false],
  ['a b', false],
  ['-a', false],
];
for (const [value, valid] of values) {
  test(`label value "${value.slice(0, 20)}": ${valid}`, () => assert.is(isLabelValue(value), valid));
}

test.run();
