import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Clock } from '../../../../src/kube/clock.ts';
import { DueKeys } from '../../../../src/scan/engine/queue/due-keys.ts';
import { FakeClock } from '../../../kube/fake-clock.ts';

const DAY = 24 * 3_600_000;

function waiting(clock: Clock) {
  const due: string[] = [];
  return { keys: new DueKeys(clock, (key) => due.push(key)), due };
}

test('each key comes once, at its time, in their order, and thousands need one timer', async () => {
  const clock = new FakeClock();
  const { keys, due } = waiting(clock);
  for (let n = 1; n <= 5000; n += 1) {
    const ms = (n * 7) % 5003;
    keys.set(`k${ms}`, clock.now() + ms);
  }
  assert.is(clock.pending, 1);
  await clock.advance(3);
  assert.equal(due, ['k1', 'k2', 'k3']);
  assert.is(clock.pending, 1);
  await clock.advance(10);
  assert.is(due.length, 13);
  assert.is(new Set(due).size, 13);
});

test('a new time replaces the old one, earlier or later', async () => {
  const clock = new FakeClock();
  const { keys, due } = waiting(clock);
  keys.set('later', clock.now() + 10);
  keys.set('later', clock.now() + 30);
  keys.set('earlier', clock.now() + 40);
  keys.set('earlier', clock.now() + 20);
  await clock.advance(20);
  assert.equal(due, ['earlier']);
  await clock.advance(10);
  assert.equal(due, ['earlier', 'later']);
  await clock.advance(100);
  assert.is(due.length, 2);
});

test('a deleted key does not come; a cleared set leaves no timer', async () => {
  const clock = new FakeClock();
  const { keys, due } = waiting(clock);
  keys.set('a', clock.now() + 10);
  keys.set('b', clock.now() + 20);
  keys.delete('a');
  await clock.advance(20);
  assert.equal(due, ['b']);
  keys.set('c', clock.now() + 10);
  keys.clear();
  assert.is(clock.pending, 0);
});

test('a timer that is cut short only looks again', async () => {
  const clock = new FakeClock();
  const short: Clock = {
    now: () => clock.now(),
    after: (ms, callback) => clock.after(Math.min(ms, 25 * DAY), callback),
  };
  const { keys, due } = waiting(short);
  keys.set('a', clock.now() + 60 * DAY);
  await clock.advance(60 * DAY - 1);
  assert.equal(due, []);
  await clock.advance(1);
  assert.equal(due, ['a']);
});

test('one who sets a key again when it comes is heard', async () => {
  const clock = new FakeClock();
  const due: number[] = [];
  const keys: DueKeys = new DueKeys(clock, (key) => {
    due.push(clock.now());
    if (due.length < 4) keys.set(key, clock.now() + 10);
  });
  const start = clock.now();
  keys.set('a', start + 10);
  await clock.advance(100);
  assert.equal(due, [start + 10, start + 20, start + 30, start + 40]);
});

test.run();
