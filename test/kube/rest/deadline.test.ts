import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { startDeadline } from '../../../src/kube/rest/deadline.ts';
import { until } from '../../harness/until.ts';

test('an expired deadline ends the signal', async () => {
  const deadline = startDeadline(5);
  await until('the deadline', () => deadline.signal.aborted);
  assert.is(deadline.expired(), true);
  assert.is(deadline.signal.reason.name, 'TimeoutError');
});

test("a caller's abort ends the signal, but is no timeout", () => {
  const caller = new AbortController();
  const deadline = startDeadline(60_000, caller.signal);
  caller.abort(new Error('enough'));
  assert.is(deadline.signal.aborted, true);
  assert.is(deadline.signal.reason.message, 'enough');
  assert.is(deadline.expired(), false);
  deadline.done();
});

test('a caller that aborted before', () => {
  const deadline = startDeadline(60_000, AbortSignal.abort(new Error('enough')));
  assert.is(deadline.signal.aborted, true);
  deadline.done();
});

test('done removes every listener and timer', async () => {
  const caller = new AbortController();
  const deadline = startDeadline(1, caller.signal);
  deadline.done();
  caller.abort();
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.is(deadline.signal.aborted, false);
});

test.run();
