import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Clock } from '../../../src/kube/clock.ts';
import { DelayingQueue } from '../../../src/kube/workqueue/delaying-queue.ts';
import { FakeClock } from '../fake-clock.ts';

const DAY = 24 * 3_600_000;

function waiting(clock: Clock): { queue: DelayingQueue; due: string[] } {
  const due: string[] = [];
  return { queue: new DelayingQueue(clock, (key) => due.push(key)), due };
}

test('each key comes once, at its time and in order, and thousands need one timer', async () => {
  const clock = new FakeClock();
  const { queue, due } = waiting(clock);
  for (let n = 1; n <= 5000; n += 1) {
    const ms = (n * 7) % 5003;
    queue.addAt(`k${ms}`, clock.now() + ms);
  }
  assert.is(clock.pending, 1);
  await clock.advance(3);
  assert.equal(due, ['k1', 'k2', 'k3']);
  assert.is(clock.pending, 1);
  await clock.advance(10);
  assert.is(due.length, 13);
  assert.is(new Set(due).size, 13);
});

test('addAfter: of two times the earlier one counts, and the key comes once', async () => {
  const clock = new FakeClock();
  const { queue, due } = waiting(clock);
  queue.addAfter('a', 100);
  queue.addAfter('a', 50);
  queue.addAfter('a', 200);
  await clock.advance(49);
  assert.equal(due, []);
  await clock.advance(1);
  assert.equal(due, ['a']);
  assert.is(clock.pending, 0);
});

test('addAt: a new time replaces the old one, earlier or later', async () => {
  const clock = new FakeClock();
  const { queue, due } = waiting(clock);
  queue.addAt('later', clock.now() + 10);
  queue.addAt('later', clock.now() + 30);
  queue.addAt('earlier', clock.now() + 40);
  queue.addAt('earlier', clock.now() + 20);
  assert.is(queue.dueAt('earlier'), clock.now() + 20);
  await clock.advance(20);
  assert.equal(due, ['earlier']);
  await clock.advance(10);
  assert.equal(due, ['earlier', 'later']);
  await clock.advance(100);
  assert.is(due.length, 2);
});

test('a deleted key does not come, a cleared queue leaves no timer', async () => {
  const clock = new FakeClock();
  const { queue, due } = waiting(clock);
  queue.addAfter('a', 10);
  queue.addAfter('b', 20);
  assert.is(queue.delete('a'), true);
  assert.is(queue.delete('a'), false);
  await clock.advance(20);
  assert.equal(due, ['b']);
  queue.addAfter('c', 10);
  queue.clear();
  assert.is(clock.pending, 0);
});

test('a wait longer than a timer can take is not cut short', async () => {
  const clock = new FakeClock();
  const short: Clock = {
    now: () => clock.now(),
    after: (ms, callback) => clock.after(Math.min(ms, 25 * DAY), callback),
  };
  const { queue, due } = waiting(short);
  queue.addAfter('a', 60 * DAY);
  await clock.advance(60 * DAY - 1);
  assert.equal(due, []);
  await clock.advance(1);
  assert.equal(due, ['a']);
});

test('a key that is added again while it is delivered comes again', async () => {
  const clock = new FakeClock();
  const due: number[] = [];
  const queue: DelayingQueue = new DelayingQueue(clock, (key) => {
    due.push(clock.now());
    if (due.length < 4) queue.addAfter(key, 10);
  });
  const start = clock.now();
  queue.addAfter('a', 10);
  await clock.advance(100);
  assert.equal(due, [start + 10, start + 20, start + 30, start + 40]);
});

test('a key that another key of the same time deletes or moves does not come then', async () => {
  const clock = new FakeClock();
  const due: string[] = [];
  const queue: DelayingQueue = new DelayingQueue(clock, (key) => {
    due.push(key);
    queue.delete('b');
    if (key === 'a') queue.addAt('c', clock.now() + 5);
  });
  for (const key of ['a', 'b', 'c']) queue.addAfter(key, 10);
  await clock.advance(10);
  assert.equal(due, ['a']);
  await clock.advance(5);
  assert.equal(due, ['a', 'c']);
  assert.is(clock.pending, 0);
});

test.run();
