import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { backoffMs } from '../../../src/kube/workqueue/backoff.ts';

const backoff = { baseMs: 200, maxMs: 300_000 };

const rows: [failures: number, least: number, most: number][] = [
  [1, 100, 200],
  [2, 200, 400],
  [3, 400, 800],
  [11, 102_400, 204_800],
  [12, 150_000, 300_000],
  [100_000, 150_000, 300_000],
];

for (const [failures, least, most] of rows) {
  test(`after ${failures} failures ${least} to ${most} ms`, () => {
    assert.is(
      backoffMs(failures, backoff, () => 0),
      least,
    );
    assert.is(
      backoffMs(failures, backoff, () => 1),
      most,
    );
  });
}

test.run();
