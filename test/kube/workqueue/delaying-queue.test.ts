import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Clock } from '../../../src/kube/clock.ts';
import { DelayedKeys } from '../../../src/kube/workqueue/delaying-queue.ts';
import { FakeClock } from '../fake-clock.ts';

const DAY = 24 * 3600 * 1000;

function waiting(clock: Clock): { keys: DelayedKeys; due: string[] } {
  const due: string[] = [];
  return { keys: new DelayedKeys(clock, (key) => due.push(key)), due };
}

test('of two times the earlier one counts, and the key comes once', async () => {
  const clock = new FakeClock();
  const { keys, due } = waiting(clock);
  keys.schedule('a', 100);
  keys.schedule('a', 50);
  keys.schedule('a', 200);
  await clock.advance(49);
  assert.equal(due, []);
  await clock.advance(1);
  assert.equal(due, ['a']);
  assert.is(clock.pending, 0);
});

test('a cancelled key does not come, a cleared set leaves no timer', async () => {
  const clock = new FakeClock();
  const { keys, due } = waiting(clock);
  keys.schedule('a', 10);
  keys.schedule('b', 10);
  keys.cancel('a');
  await clock.advance(10);
  assert.equal(due, ['b']);
  keys.schedule('c', 10);
  keys.clear();
  assert.is(clock.pending, 0);
});

test('a wait longer than a timer can take is not cut short', async () => {
  const clock = new FakeClock();
  const short: Clock = {
    now: () => clock.now(),
    after: (ms, callback) => clock.after(Math.min(ms, 25 * DAY), callback),
  };
  const { keys, due } = waiting(short);
  keys.schedule('a', 60 * DAY);
  await clock.advance(59 * DAY);
  assert.equal(due, []);
  await clock.advance(DAY);
  assert.equal(due, ['a']);
});

test.run();
