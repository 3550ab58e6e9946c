import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { childName } from '../../src/api/names.ts';

const rows: [what: string, parts: [string, string, ...string[]], name: string][] = [
  ['readable parts and a hash', ['payments', 'base'], 'payments-base-64bd066f'],
  ['what is unique is in the hash only', ['payments', 'base', 'x'], 'payments-base-c04f5005'],
  ['dots stay', ['pay.ments', 'base'], 'pay.ments-base-e471f625'],
  ['a long name is cut', ['x'.repeat(63), 'base'], `${'x'.repeat(54)}-6214128d`],
  ['no dash before the dash', [`${'x'.repeat(53)}-${'y'.repeat(9)}`, 'base'], `${'x'.repeat(53)}-a18ba139`],
  ['no dot before the dash', [`${'x'.repeat(53)}.${'y'.repeat(9)}`, 'base'], `${'x'.repeat(53)}-8a1f1017`],
  ['cut between the parts', ['x'.repeat(53), 'base'], `${'x'.repeat(53)}-31a5f637`],
];

for (const [what, parts, name] of rows) {
  test(what, () => assert.is(childName(...parts), name));
}

const different: [what: string, a: [string, string, ...string[]], b: [string, string, ...string[]]][] = [
  ['another policy', ['a', 'x'], ['b', 'x']],
  ['a policy that differs in a dot', ['a.b', 'x'], ['a-b', 'x']],
  ['the same text, divided otherwise', ['a-b', 'c'], ['a', 'b-c']],
  ['the same text, divided otherwise among unique parts', ['a', 'b', 'cd'], ['a', 'b', 'c', 'd']],
  ['an empty part more', ['a', 'b'], ['a', 'b', '']],
  ['quotes in a part', ['a', 'b', '","'], ['a', 'b', '', '']],
  ['long policies that differ behind the cut', [`${'x'.repeat(62)}a`, 'y'], [`${'x'.repeat(62)}b`, 'y']],
  ['long whats that differ behind the cut', ['a', `${'x'.repeat(62)}a`], ['a', `${'x'.repeat(62)}b`]],
];

for (const [what, a, b] of different) {
  test(`other names: ${what}`, () => assert.is.not(childName(...a), childName(...b)));
}

test('the longest names fill 63 characters', () => {
  assert.is(childName('x'.repeat(63), 'y'.repeat(63)).length, 63);
  assert.is(childName('x'.repeat(54), 'y').length, 63);
});

test.run();
