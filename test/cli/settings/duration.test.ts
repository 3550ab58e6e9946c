import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDuration } from '../../../src/cli/settings/duration.ts';

const durations: [text: string, ms: number | undefined][] = [
  ['30s', 30_000],
  ['10m', 600_000],
  ['1h', 3_600_000],
  ['1h30m', 5_400_000],
  ['1h0m10s', 3_610_000],
  ['0s', 0],
  ['90m', 5_400_000],
  ['', undefined],
  ['10', undefined],
  ['1d', undefined],
  ['-1h', undefined],
  ['1.5h', undefined],
  ['10 m', undefined],
  ['30s10m', undefined],
  ['9999999999999999h', undefined],
];

for (const [text, ms] of durations) {
  test(`duration "${text}" is ${ms} ms`, () => {
    assert.is(parseDuration(text), ms);
  });
}

test.run();
