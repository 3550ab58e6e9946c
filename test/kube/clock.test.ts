import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sleep, systemClock } from '../../src/kube/clock.ts';
import { FakeClock, turn } from './fake-clock.ts';

test('sleep resolves after its time', async () => {
  const clock = new FakeClock();
  let awake = false;
  void sleep(clock, 100, new AbortController().signal).then(() => {
    awake = true;
  });
  await clock.advance(99);
  assert.is(awake, false);
  await clock.advance(1);
  assert.is(awake, true);
});

test('sleep ends with its signal and leaves no timer', async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const asleep = sleep(clock, 100, stop.signal);
  assert.is(clock.pending, 1);
  stop.abort();
  await asleep;
  assert.is(clock.pending, 0);
  await sleep(clock, 100, stop.signal);
  assert.is(clock.pending, 0);
});

test('a wait of a month on the system clock does not end at once', async () => {
  let back = false;
  const cancel = systemClock.after(31 * 24 * 3600 * 1000, () => {
    back = true;
  });
  await turn();
  await new Promise((resolve) => setTimeout(resolve, 20));
  cancel();
  assert.is(back, false);
});

test.run();
