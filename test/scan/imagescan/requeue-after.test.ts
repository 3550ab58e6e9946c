import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { requeueAfter } from '../../../src/scan/imagescan/requeue-after.ts';

const MINUTE = 60_000;
const NOW = Date.parse('2026-01-02T12:00:00Z');

const rows: [what: string, moments: (number | undefined)[], waits: number[], ms: number | undefined][] = [
  ['nothing', [undefined], [], undefined],
  ['a moment', [NOW + 5 * MINUTE, undefined, NOW + 9 * MINUTE], [], 5 * MINUTE],
  ['a moment far away: the clock may be set before', [NOW + 24 * 60 * MINUTE], [], 60 * MINUTE],
  ['a wait, which no clock that is set changes', [NOW + 24 * 60 * MINUTE], [10_000, 90 * MINUTE], 10_000],
  ['a wait alone', [], [90 * MINUTE], 90 * MINUTE],
  ['a moment that has passed meanwhile', [NOW - 5], [], 1],
];
for (const [what, moments, waits, ms] of rows) {
  test(what, () => assert.is(requeueAfter(moments, waits, NOW), ms));
}

test.run();
