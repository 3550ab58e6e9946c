import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ComputeThread, computeHere, TaskTooLarge } from '../../../src/scan/threads/compute.ts';
import { findingOf, imageOf, reportOf } from '../store/samples.ts';

const inputOf = (count: number) => {
  const findings = Array.from({ length: count }, (_, n) => findingOf(n, { package: `p${n}`, severity: 'Critical' }));
  const content = Buffer.from(JSON.stringify(reportOf(imageOf(1), { findings })));
  return { content, reference: 'r.io/a:1', spec: {}, now: 0 };
};

const withThread = async (heapMb: number, work: (thread: ComputeThread) => Promise<void>): Promise<void> => {
  const thread = new ComputeThread(heapMb);
  try {
    await work(thread);
  } finally {
    await thread.close();
  }
};

test('a task has the same result on the thread as here', () =>
  withThread(64, async ({ run }) => {
    const input = inputOf(100);
    assert.equal(await run('evaluate', input), await computeHere('evaluate', input));
    const lists = [Float64Array.of(1, 2, 3), Float64Array.of(2, 3, 4)];
    assert.is(await run('countDistinct', lists), 4);
  }));

test('a task that fails is an error of that task alone', () =>
  withThread(64, async ({ run }) => {
    const bad = run('evaluate', { ...inputOf(1), content: Buffer.from('no JSON') });
    const good = run('evaluate', inputOf(1));
    assert.match((await bad.catch((error: Error) => error)).toString(), 'JSON');
    assert.is((await good).counts.Critical, 1);
  }));

test('a task that needs more memory than the thread has does not end the process', () =>
  withThread(24, async ({ run }) => {
    const error = await run('evaluate', inputOf(60_000)).catch((thrown) => thrown);
    assert.instance(error, TaskTooLarge);
    assert.is((await run('evaluate', inputOf(1))).counts.Critical, 1, 'the next task has a new thread');
  }));

test('a task that evaluates tens of thousands of findings does not block this thread', () =>
  withThread(256, async ({ run }) => {
    const input = inputOf(22_500);
    await run('evaluate', inputOf(1));
    const before = process.threadCpuUsage();
    await run('evaluate', input);
    const { user, system } = process.threadCpuUsage(before);
    assert.ok(user + system < 100_000, `${(user + system) / 1000} ms of CPU`);
  }));

test('a thread that is closed fails the tasks that are not done, and starts no other', async () => {
  const thread = new ComputeThread(256);
  await thread.run('evaluate', inputOf(1));
  const tasks = [inputOf(22_500), inputOf(1)].map((input) => thread.run('evaluate', input).catch(String));
  await thread.close();
  const [running, waiting] = await Promise.all(tasks);
  assert.match(String(running), /the thread of the task evaluate ended|was not started/);
  assert.match(String(waiting), 'the task evaluate was not started: the operator stops');
});

test.run();
