import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { IdleTimeout } from '../../../src/kube/cache/idle-timeout.ts';
import { FakeClock } from '../fake-clock.ts';

test('silence ends the signal, and each sign of life restarts the timeout', async () => {
  const clock = new FakeClock();
  const guard = new IdleTimeout(clock, 100, new AbortController().signal);
  for (let i = 0; i < 5; i += 1) {
    await clock.advance(99);
    guard.reset();
  }
  assert.is(guard.signal.aborted, false);
  await clock.advance(100);
  assert.equal([guard.signal.aborted, guard.expired], [true, true]);
});

test('the parent ends the signal too, without a timeout', () => {
  const parent = new AbortController();
  const guard = new IdleTimeout(new FakeClock(), 100, parent.signal);
  parent.abort(new Error('enough'));
  assert.equal([guard.signal.aborted, guard.expired, guard.signal.reason.message], [true, false, 'enough']);
});

test('done leaves no timer', () => {
  const clock = new FakeClock();
  new IdleTimeout(clock, 100, new AbortController().signal).clear();
  assert.is(clock.pending, 0);
});

test.run();
