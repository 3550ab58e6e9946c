import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { jitterOf, plannedTime } from '../../../../src/scan/imagescan/schedule/jitter.ts';
import { scheduleOf } from './schedules.ts';

const planned = (expression: string, run: string, jitter: number) =>
  plannedTime(scheduleOf(expression, 'Europe/Berlin'), new Date(run), jitter).toISOString();

test('the jitter of a UID is the same after every restart', () => {
  assert.is(jitterOf('6d4cbbd4-5f0c-4d2c-9a4e-8a1a6b8f3c11').toFixed(6), '0.708381');
  assert.is(jitterOf('6d4cbbd4-5f0c-4d2c-9a4e-8a1a6b8f3c12').toFixed(6), '0.113514');
});

test('a thousand ImageScans spread evenly', () => {
  const tenths = new Array<number>(10).fill(0);
  for (let i = 0; i < 1000; i += 1) tenths[Math.floor(jitterOf(`uid-${i}`) * 10)]! += 1;
  assert.ok(Math.min(...tenths) > 70 && Math.max(...tenths) < 130, tenths.join(' '));
});

test('a daily run is made within 10 minutes, to the second', () => {
  assert.is(planned('0 3 * * *', '2026-06-01T01:00:00Z', 0), '2026-06-01T01:00:00.000Z');
  assert.is(planned('0 3 * * *', '2026-06-01T01:00:00Z', 0.5), '2026-06-01T01:05:00.000Z');
  assert.is(planned('0 3 * * *', '2026-06-01T01:00:00Z', 0.123456), '2026-06-01T01:01:14.000Z');
  assert.is(planned('0 3 * * *', '2026-06-01T01:00:00Z', 1 - 2 ** -32), '2026-06-01T01:09:59.000Z');
});

test('a frequent run is made within a tenth of the time to the next one', () => {
  assert.is(planned('*/5 * * * *', '2026-06-01T01:00:00Z', 0.999), '2026-06-01T01:00:29.000Z');
  assert.is(planned('* * * * *', '2026-06-01T01:00:00Z', 0.999), '2026-06-01T01:00:05.000Z');
  assert.is(planned('0,1 3 * * *', '2026-06-01T01:00:00Z', 0.999), '2026-06-01T01:00:05.000Z');
  assert.is(planned('0,1 3 * * *', '2026-06-01T01:01:00Z', 0.999), '2026-06-01T01:10:59.000Z');
});

test('a change of the clocks moves no run past the next one', () => {
  assert.is(planned('0 * * * *', '2026-03-29T00:00:00Z', 0.999), '2026-03-29T00:05:59.000Z');
  assert.is(planned('0 * * * *', '2026-10-25T00:00:00Z', 0.999), '2026-10-25T00:09:59.000Z');
});

test.run();
