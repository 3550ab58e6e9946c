import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Candidate, collectable } from '../../../src/scan/store/collection.ts';

const file = (name: string, usedAt: number, bytes = 10, inUse = false): Candidate => ({ name, usedAt, bytes, inUse });
const NOW = 1000;

const cases: [what: string, files: Candidate[], maxBytes: number, goes: string][] = [
  ['nothing, of nothing', [], 0, ''],
  ['nothing, when all is young and small', [file('a', 901), file('b', 1000)], 20, ''],
  ['what was not used for just so long', [file('a', 900), file('b', 901)], 100, 'a'],
  ['the longest unused, until the rest fits', [file('a', 930), file('b', 910), file('c', 920)], 19, 'bc'],
  ['no more than must', [file('a', 930), file('b', 910), file('c', 920)], 20, 'b'],
  ['what is old, before that is counted', [file('a', 1), file('b', 950), file('c', 960)], 20, 'a'],
  ['nothing in use, however old', [file('a', 1, 10, true), file('b', 2)], 100, 'b'],
  ['nothing in use, however large', [file('a', 1, 99, true), file('b', 999, 1)], 50, 'b'],
  ['of the same age, always the same', [file('b', 950), file('c', 950), file('a', 950)], 10, 'ab'],
];

for (const [what, files, maxBytes, goes] of cases) {
  test(`collected is ${what}`, () => {
    const names = collectable(files, { maxBytes, unusedMs: 100 }, NOW).map(({ name }) => name);
    assert.is(names.join(''), goes);
  });
}

test('the kept entries fit, or are all in use; no entry is removed while an older unused one stays', () => {
  const files = fc.uniqueArray(
    fc.record({ name: fc.string(), usedAt: fc.nat(NOW), bytes: fc.nat(50), inUse: fc.boolean() }),
    { selector: ({ name }) => name },
  );
  fc.assert(
    fc.property(files, fc.nat(500), (all, maxBytes) => {
      const gone = new Set(collectable(all, { maxBytes, unusedMs: 100 }, NOW));
      const rest = all.filter((f) => !gone.has(f));
      const free = rest.filter(({ inUse }) => !inUse);
      assert.not.ok([...gone].some(({ inUse }) => inUse));
      assert.ok(free.length === 0 || rest.reduce((sum, { bytes }) => sum + bytes, 0) <= maxBytes);
      assert.ok(free.every(({ usedAt }) => NOW - usedAt < 100 && [...gone].every((g) => g.usedAt <= usedAt)));
    }),
  );
});

test.run();
