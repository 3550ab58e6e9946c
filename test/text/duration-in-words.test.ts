import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { durationInWords, perDuration } from '../../src/text/duration-in-words.ts';

const rows: [ms: number, words: string, per: string][] = [
  [7 * 86_400_000, '7 days', '7 days'],
  [86_400_000, '1 day', 'day'],
  [36 * 3_600_000, '36 hours', '36 hours'],
  [300_000, '5 minutes', '5 minutes'],
  [60_000, '1 minute', 'minute'],
  [90_000, '90 seconds', '90 seconds'],
  [1_000, '1 second', 'second'],
  [1_500, '1500 milliseconds', '1500 milliseconds'],
];

for (const [ms, words, per] of rows) {
  test(`${ms} ms: ${words}; per ${per}`, () => assert.equal([durationInWords(ms), perDuration(ms)], [words, per]));
}

test.run();
