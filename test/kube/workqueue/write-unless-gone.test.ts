import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ApiError } from '../../../src/kube/rest/errors.ts';
import { parseStatus } from '../../../src/kube/rest/status.ts';
import { RetryError } from '../../../src/kube/workqueue/work-queue.ts';
import { writeUnlessGone } from '../../../src/kube/workqueue/write-unless-gone.ts';

const refused = (code: number, reason: string): ApiError =>
  new ApiError(parseStatus(code, JSON.stringify({ kind: 'Status', code, reason, message: reason })), 'PATCH /x', {
    verb: 'patch',
  });

const write = async (error?: Error): Promise<unknown> =>
  await writeUnlessGone('the policy', async () => {
    if (error !== undefined) throw error;
  }).catch((thrown: unknown) => thrown);

test('a write that succeeds, and a write to a missing object, both resolve', async () => {
  assert.is(await write(), undefined);
  assert.is(await write(refused(404, 'NotFound')), undefined);
});

test('an object that has changed is read and written again', async () => {
  const conflict = refused(409, 'Conflict');
  const error = await write(conflict);
  assert.instance(error, RetryError);
  assert.is((error as Error).message, 'the policy has changed since it was read');
  assert.is((error as Error).cause, conflict);
});

test('every other error is rethrown', async () => {
  const forbidden = refused(403, 'Forbidden');
  assert.is(await write(forbidden), forbidden);
});

test.run();
