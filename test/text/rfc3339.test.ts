import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rfc3339 } from '../../src/text/rfc3339.ts';

test('seconds in UTC, from milliseconds and from a Date', () => {
  assert.is(rfc3339(1_700_000_000_999), '2023-11-14T22:13:20Z');
  assert.is(rfc3339(new Date('2026-03-01T00:00:00+01:00')), '2026-02-28T23:00:00Z');
});

test.run();
