import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FairShare } from '../../../../src/scan/engine/queue/fair-share.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

for (const [minutes, rank] of [
  [0, 0],
  [4.9, 0],
  [5, 1],
  [9, 1],
  [10, 2],
  [20, 3],
] as const) {
  test(`${minutes} minutes of scans: rank ${rank}`, () => {
    const share = new FairShare();
    share.charge(['team-a'], minutes * MINUTE, HOUR);
    assert.is(share.rank(['team-a'], HOUR), rank);
    assert.is(share.rank(['team-b'], HOUR), 0);
  });
}

test('usage is halved every hour', () => {
  const share = new FairShare();
  share.charge(['team-a'], 40 * MINUTE, 0);
  assert.equal(
    [0, 1, 2, 3, 4].map((hours) => share.rank(['team-a'], hours * HOUR)),
    [4, 3, 2, 1, 0],
  );
  share.charge(['team-a'], 30 * MINUTE, 2 * HOUR);
  assert.is(share.rank(['team-a'], 2 * HOUR), 4, '10 minutes are left, and 30 more');
});

test('namespaces that want the same scan share its cost, and the one with the least usage counts', () => {
  const share = new FairShare();
  share.charge(['team-a', 'team-b'], 20 * MINUTE, 0);
  assert.is(share.rank(['team-a'], 0), 2);
  share.charge(['team-a'], 30 * MINUTE, 0);
  assert.equal([share.rank(['team-a'], 0), share.rank(['team-a', 'team-b'], 0)], [4, 2]);
});

test('a time before the last charge counts as that time: usage never grows by itself', () => {
  const share = new FairShare();
  share.charge(['team-a'], 10 * MINUTE, 100 * HOUR);
  assert.is(share.rank(['team-a'], 0), 2);
  share.charge(['team-a'], 0, 0);
  assert.is(share.rank(['team-a'], 100 * HOUR), 0);
});

test('expired usage is forgotten', () => {
  const share = new FairShare();
  for (let i = 0; i < 1000; i += 1) share.charge([`team-${i}`], MINUTE, 0);
  share.charge(['team-0'], MINUTE, 15 * HOUR);
  assert.is(share.size, 1000);
  share.charge(['team-0'], MINUTE, 16 * HOUR);
  assert.is(share.size, 1);
});

test('without a namespace: the first rank', () => {
  assert.is(new FairShare().rank([], 0), 0);
});

test.run();
