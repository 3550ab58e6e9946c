import { pino } from 'pino';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { systemClock } from '../../../../../src/kube/clock.ts';
import { KubeClient } from '../../../../../src/kube/rest/client.ts';
import type { ScanError } from '../../../../../src/scan/scan-error.ts';
import { untilEnded } from '../../../../../src/scan/scanner/analysis/job/until-ended.ts';
import { json, loopback } from '../../../../kube/loopback.ts';

const waiting = suite('waiting for a Job');

const job = (conditions: { type: string; status: string; reason: string; message: string }[] = []) => ({
  apiVersion: 'batch/v1' as const,
  kind: 'Job' as const,
  metadata: { name: 'job', namespace: 'n', uid: 'u', resourceVersion: '1' },
  status: { conditions },
});
const FAILED = [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'limit' }];
const pod = (state: object) => ({
  metadata: { name: 'job-x', namespace: 'n', uid: 'p', resourceVersion: '1' },
  status: { containerStatuses: [{ name: 'sbom', state }] },
});
const RUNNING = pod({ running: {} });

/** An API server that lists this Job and, list by list, these pods, the last ones for ever; its watches are silent. */
const waitFor = async (
  theJob: object | undefined,
  lists: readonly object[][],
  most: { startMs?: number; mostMs?: number } = {},
) => {
  let listed = 0;
  const server = await loopback(({ path, query }, response) => {
    if (query.watch === 'true') return response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    const pods = () => lists[Math.min(listed++, lists.length - 1)] ?? [];
    const items = path.endsWith('/pods') ? pods() : path.endsWith('/jobs') && theJob !== undefined ? [theJob] : [];
    return json(response, 200, { metadata: { resourceVersion: '2' }, items });
  });
  const log = pino({ level: 'silent' });
  const options = { client: new KubeClient(server.config), clock: systemClock, log, what: 'app' };
  try {
    const bounds = { startMs: 60_000, mostMs: 60_000, ...most };
    return await untilEnded(job(), { ...options, ...bounds }, new AbortController().signal);
  } catch (error) {
    return `${(error as ScanError).reason}: ${(error as ScanError).message}`;
  } finally {
    await server.close();
  }
};

waiting('the end of a Job that is seen before that of its pod does not hide why the pod ended', async () => {
  const killed = pod({ terminated: { exitCode: 137, reason: 'OOMKilled' } });
  assert.match(String(await waitFor(job(FAILED), [[RUNNING], [killed]])), /^TooLarge: app: its pod needs more memory/);
  const exited = pod({ terminated: { exitCode: 1 } });
  assert.equal(await waitFor(job(FAILED), [[], [exited]]), { name: 'job-x', exitCode: 1 });
  const done = pod({ terminated: { exitCode: 0 } });
  assert.equal(await waitFor(undefined, [[RUNNING], [done]]), { name: 'job-x', exitCode: 0 });
});

waiting('a Job that ended without a pod is lost', async () => {
  const lost = 'ScannerFailed: app: its pod ended before it was done (limit)';
  assert.is(await waitFor(job(FAILED), [[]]), lost);
  assert.is(await waitFor(job(FAILED), [[RUNNING]]), lost);
  assert.is(await waitFor(undefined, [[]]), 'ScannerFailed: app: another client deleted its Job: a new one is created');
});

waiting('it ends by itself when nothing happens, and only what runs may go on', async () => {
  assert.is(
    await waitFor(job(), [[]], { startMs: 50 }),
    'ScannerFailed: app: Job n/job had no running pod within 0.05 s: the reason is unknown',
  );
  assert.is(
    await waitFor(job(), [[RUNNING]], { startMs: 3_000, mostMs: 3_500 }),
    'Timeout: app: Job n/job did not end within 3.5 s',
  );
});

waiting.run();
