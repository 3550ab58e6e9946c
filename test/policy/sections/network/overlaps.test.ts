import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Selector } from '../../../../src/api/policy.ts';
import { overlapsOf } from '../../../../src/policy/sections/network/overlaps.ts';
import { podSet } from '../../../../src/policy/sections/network/requirements.ts';
import { cpuMs } from '../../../harness/cpu-ms.ts';

const isIn = (key: string, ...values: string[]): Selector => ({ matchExpressions: [{ key, operator: 'In', values }] });
const notIn = (key: string, ...values: string[]): Selector => ({
  matchExpressions: [{ key, operator: 'NotIn', values }],
});
const exists = (key: string): Selector => ({ matchExpressions: [{ key, operator: 'Exists' }] });
const absent = (key: string): Selector => ({ matchExpressions: [{ key, operator: 'DoesNotExist' }] });

/** As binary numbers, sorted: the last digit is all pods. */
const found = (...selectors: Selector[]): string[] | undefined =>
  overlapsOf([{}, ...selectors].map(podSet))
    ?.map((bits) => bits.toString(2).padStart(selectors.length + 1, '0'))
    .sort();

const rows: [what: string, selectors: Selector[], combinations: string[]][] = [
  ['all pods', [], ['1']],
  ['some pods', [isIn('a', 'x')], ['01', '11']],
  ['values of one label', [isIn('a', 'x'), isIn('a', 'y')], ['001', '011', '101']],
  ['lists of one label', [isIn('a', 'x', 'y'), isIn('a', 'y', 'z')], ['001', '011', '101', '111']],
  ['a list within another', [isIn('a', 'x', 'y'), isIn('a', 'y')], ['001', '011', '111']],
  ['two labels', [isIn('a', 'x'), isIn('b', 'x')], ['001', '011', '101', '111']],
  ['a value and the rest', [isIn('a', 'x'), notIn('a', 'x')], ['011', '101']],
  ['with and without a label', [exists('a'), absent('a')], ['011', '101']],
  ['with a label, and not one value', [exists('a'), notIn('a', 'x')], ['011', '101', '111']],
  ['the same pods twice', [isIn('a', 'x'), isIn('a', 'x')], ['001', '111']],
  ['a key that objects inherit', [isIn('constructor', 'x'), absent('constructor')], ['001', '011', '101']],
];

for (const [what, selectors, combinations] of rows) test(what, () => assert.equal(found(...selectors), combinations));

test('pods outside of the first set are of no interest', () => {
  const sets = [isIn('a', 'x', 'y'), isIn('a', 'y', 'z'), isIn('a', 'z')].map(podSet);
  assert.equal(overlapsOf(sets)?.sort(), [1n, 3n]);
});

test('too many are given up soon', () => {
  const start = cpuMs();
  assert.is(found(...Array.from({ length: 64 }, (_, n) => isIn(`key-${n}`, 'x'))), undefined);
  assert.ok(cpuMs() - start < 1000);
});

test('labels that tell all sets apart come first, so that others cost little', () => {
  const of = (n: number): Selector => ({
    matchLabels: { zone: `z${n}`, ...Object.fromEntries(Array.from({ length: 15 }, (_, k) => [`k${k}-${n}`, 'x'])) },
  });
  assert.is(found(...Array.from({ length: 64 }, (_, n) => of(n)))?.length, 65);
});

test.run();
