import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Pace } from '../../src/kube/pace.ts';
import { FakeClock } from './fake-clock.ts';

test('a burst, then the rate, for each key', async () => {
  const clock = new FakeClock();
  const pace = new Pace({ burst: 3, perSecond: 5 }, clock);
  const take = (key: string, n: number) => Array.from({ length: n }, () => pace.take(key));
  assert.equal(take('a', 5), [0, 0, 0, 200, 200]);
  assert.equal(take('b', 1), [0]);
  await clock.advance(199);
  assert.equal(take('a', 1), [1]);
  await clock.advance(1);
  assert.equal(take('a', 2), [0, 200]);
  await clock.advance(400);
  assert.equal(take('a', 3), [0, 0, 200]);
  await clock.advance(3_600_000);
  assert.equal(take('a', 4), [0, 0, 0, 200], 'never more than a burst');
});

test('50 changes a second are 5 runs a second', async () => {
  const clock = new FakeClock();
  const pace = new Pace({ burst: 20, perSecond: 5 }, clock);
  let runs = 0;
  for (let i = 0; i < 50 * 60; i += 1) {
    if (pace.take('a') === 0) runs += 1;
    await clock.advance(20);
  }
  assert.ok(runs >= 20 + 5 * 59 && runs <= 20 + 5 * 60, `${runs} runs in a minute`);
});

test.run();
