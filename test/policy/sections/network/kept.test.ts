import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { KEEP_MS, type Kept, keep, nextExpiry } from '../../../../src/policy/sections/network/kept.ts';

const there = (...facts: string[]): Kept<string>[] => facts.map((fact) => ({ fact }));

const rows: [what: string, before: Kept<string>[], now: string[], at: number, after: Kept<string>[]][] = [
  ['nothing', [], [], 0, []],
  ['a new fact counts at once', there('a'), ['a', 'b'], 5, there('a', 'b')],
  ['a fact that vanished stays', there('a', 'b'), ['b'], 5, [...there('b'), { fact: 'a', goneAt: 5 }]],
  ['its time counts from when it vanished', [{ fact: 'a', goneAt: 5 }], [], 9, [{ fact: 'a', goneAt: 5 }]],
  ['one that is back is there', [{ fact: 'a', goneAt: 5 }], ['a'], 9, there('a')],
  ['just before the end', [{ fact: 'a', goneAt: 5 }], [], KEEP_MS + 4, [{ fact: 'a', goneAt: 5 }]],
  ['at the end', [{ fact: 'a', goneAt: 5 }], ['b'], KEEP_MS + 5, there('b')],
  ['the same fact twice', [], ['a', 'a'], 0, there('a')],
];

for (const [what, before, now, at, after] of rows) {
  test(what, () => assert.equal(keep(before, now, at), after));
}

test('ever new facts do not add up without end: the newest stay', () => {
  let kept: Kept<number>[] = [];
  for (let i = 0; i < 100; i++) kept = keep(kept, [i], i);
  assert.is(kept.length, 33);
  assert.equal(
    kept.slice(0, 3).map(({ fact }) => fact),
    [99, 98, 97],
  );
});

test('the next fact leaves when its time is over', () => {
  assert.is(nextExpiry(), Number.POSITIVE_INFINITY);
  assert.is(nextExpiry(there('a')), Number.POSITIVE_INFINITY);
  const gone = [{ fact: 'a', goneAt: 7 }, { fact: 'b', goneAt: 3 }, ...there('c')];
  assert.is(nextExpiry(there('d'), gone), 3 + KEEP_MS);
});

test.run();
