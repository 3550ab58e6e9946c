import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseRetryAfter } from '../../../src/scan/registry/retry-after.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

const HEADERS: readonly [header: string | undefined, ms: number | undefined][] = [
  [undefined, undefined],
  ['', undefined],
  ['0', 0],
  ['30', 30_000],
  [' 30 ', 30_000],
  ['86400', 86_400_000],
  ['999999999999', 86_400_000],
  ['9999999999999999999', undefined],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['2026', 2_026_000],
  ['2026-03-01T12:01:00Z', undefined],
  ['Sun, 01 Mar 2026 12:01:30 GMT', 90_000],
  ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
  ['Sunday, 01-Mar-26 12:01:30 GMT', 90_000],
  ['Wed, 01 Mar 2034 12:00:00 GMT', 86_400_000],
  ['Xyz, 99 Foo 2026 99:99:99 GMT', undefined],
];

for (const [header, ms] of HEADERS) {
  test(`Retry-After: ${header} is ${ms} ms`, () => assert.is(parseRetryAfter(header, NOW), ms));
}

test.run();
