import fc from 'fast-check';
import leven from 'leven';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nearest } from '../../../src/reach/findings/nearest.ts';

const word = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 3, maxLength: 9 })
  .map((letters) => letters.join(''));

/** A letter is inserted, removed or replaced. */
const changed = (text: string, at: number, letter: string, how: number): string =>
  text.slice(0, at % text.length) + (how === 0 ? '' : letter) + text.slice((at % text.length) + (how === 1 ? 0 : 1));

test('of single words, those are near that differ in few letters, and no others', () => {
  const counts = { near: 0, far: 0 };
  const change = fc.tuple(fc.nat(8), fc.constantFrom('a', 'x'), fc.nat(2));
  fc.assert(
    fc.property(word, fc.oneof(word, fc.array(change, { maxLength: 3 })), (text, other) => {
      const candidate = typeof other === 'string' ? other : other.reduce((of, one) => changed(of, ...one), text);
      if (candidate === text) return;
      const letters = leven(text, candidate);
      const isNear = letters <= Math.min(2, Math.floor(text.length / 3));
      // Two letters in the wrong order count as one, which leven does not know.
      if (!isNear && [...text].sort().join() === [...candidate].sort().join()) return;
      counts[isNear ? 'near' : 'far'] += 1;
      assert.is(nearest(text, [candidate]), isNear ? candidate : undefined, `${text} ${candidate}`);
    }),
    { numRuns: 1000, seed: 16 },
  );
  assert.ok(counts.near > 100 && counts.far > 100, JSON.stringify(counts));
});

test.run();
