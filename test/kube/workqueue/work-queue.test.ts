import { suite, test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Handler,
  type QueueMetrics,
  type Result,
  RetryError,
  WorkQueue,
  type WorkQueueOptions,
} from '../../../src/kube/workqueue/work-queue.ts';
import { until } from '../../harness/until.ts';
import { FakeClock, turn } from '../fake-clock.ts';
import { spyLog } from '../spy-log.ts';

/** A handler whose runs the test ends one by one. */
function manual() {
  const runs: { key: string; attempt: number; end: (result?: Result) => void; fail: (error: unknown) => void }[] = [];
  const handler: Handler = (key, { attempt }) =>
    new Promise((resolve, reject) => runs.push({ key, attempt, end: resolve, fail: reject }));
  return { runs, handler, keys: () => runs.map((run) => run.key) };
}

function started(handler: Handler, options: Partial<WorkQueueOptions> = {}) {
  const clock = new FakeClock();
  const { log, lines } = spyLog();
  const queue = new WorkQueue({ workers: 1, handler, log, clock, random: () => 1, ...options });
  const stop = new AbortController();
  const done = queue.run(stop.signal);
  return { queue, clock, lines, stop, done };
}

const queueing = suite('queueing');

queueing('a key waits at most once', async () => {
  const { runs, handler, keys } = manual();
  const { queue } = started(handler);
  for (const key of ['a', 'b', 'b', 'a', 'b']) queue.add(key);
  for (let i = 0; i < 4; i += 1) {
    await turn();
    runs[i]?.end();
  }
  assert.equal(keys(), ['a', 'b', 'a'], 'a once more: it was added while it ran');
});

queueing('a key that is added all the time runs at its pace, and the others at once', async () => {
  const ran: string[] = [];
  const handler: Handler = async (key) => void ran.push(key);
  const { queue, clock } = started(handler, { pace: { burst: 2, perSecond: 5 } });
  const runs = (key: string): number => ran.filter((one) => one === key).length;
  for (let ms = 0; ms < 10_000; ms += 20) {
    queue.add('a');
    await clock.advance(20);
  }
  assert.ok(runs('a') >= 50 && runs('a') <= 52, `${runs('a')} runs`);
  queue.add('b');
  await turn();
  assert.is(runs('b'), 1);
  const before = runs('a');
  for (let i = 0; i < 3; i += 1) queue.add('a');
  await clock.advance(60_000);
  assert.is(runs('a'), before + 1, 'the last change is not lost');
});

queueing('keys are handled in the order of their arrival', async () => {
  const { runs, handler, keys } = manual();
  const { queue } = started(handler);
  for (const key of ['c', 'a', 'b']) queue.add(key);
  for (let i = 0; i < 3; i += 1) {
    await turn();
    runs[i]?.end();
  }
  assert.equal(keys(), ['c', 'a', 'b']);
});

queueing('a key that is added while it is handled runs exactly once more', async () => {
  const { runs, handler, keys } = manual();
  const { queue } = started(handler, { workers: 4 });
  queue.add('a');
  await turn();
  for (let i = 0; i < 5; i += 1) queue.add('a');
  await turn();
  assert.equal(keys(), ['a'], 'never twice at the same time');
  runs[0]!.end();
  await turn();
  runs[1]!.end();
  await turn();
  assert.equal(keys(), ['a', 'a']);
});

queueing('as many keys at once as there are workers', async () => {
  const { runs, handler, keys } = manual();
  const { queue } = started(handler, { workers: 2 });
  for (const key of ['a', 'b', 'c']) queue.add(key);
  await turn();
  assert.equal(keys(), ['a', 'b']);
  assert.is(queue.depth, 1);
  runs[1]!.end();
  await turn();
  assert.equal(keys(), ['a', 'b', 'c']);
});

queueing('no key ever runs in two workers, whatever happens', async () => {
  const running = new Set<string>();
  let overlaps = 0;
  let runs = 0;
  const handler: Handler = async (key) => {
    if (running.has(key)) overlaps += 1;
    running.add(key);
    runs += 1;
    await turn();
    running.delete(key);
    if (runs % 7 === 0) throw new RetryError('again', { afterMs: 0 });
  };
  const { queue, clock } = started(handler, { workers: 5 });
  for (let i = 0; i < 300; i += 1) {
    queue.add(`k${(i * 7) % 11}`);
    queue.addAfter(`k${(i * 5) % 11}`, i % 13);
    if (i % 3 === 0) await clock.advance(1);
  }
  await clock.advance(1000);
  assert.is(overlaps, 0);
  assert.ok(runs > 100, `${runs} runs`);
});

queueing('the handler never runs inside add', () => {
  let ran = false;
  const { queue } = started(async () => {
    ran = true;
  });
  queue.add('a');
  assert.is(ran, false);
});

queueing('keys added before run are handled when it starts', async () => {
  const { handler, keys } = manual();
  const queue = new WorkQueue({ workers: 1, handler, log: spyLog().log, clock: new FakeClock() });
  queue.add('a');
  await turn();
  assert.equal(keys(), []);
  void queue.run(new AbortController().signal);
  await turn();
  assert.equal(keys(), ['a']);
});

queueing.run();

const later = suite('later');

later('of several times the earliest counts', async () => {
  const { handler, keys } = manual();
  const { queue, clock } = started(handler);
  queue.addAfter('a', 5000);
  queue.addAfter('a', 1000);
  queue.addAfter('a', 9000);
  await clock.advance(999);
  assert.equal(keys(), []);
  await clock.advance(1);
  assert.equal(keys(), ['a']);
  assert.is(clock.pending, 0);
});

later('a later time stays when the key runs earlier for another reason', async () => {
  const { runs, handler, keys } = manual();
  const { queue, clock } = started(handler);
  queue.addAfter('a', 1000);
  queue.add('a');
  await turn();
  runs[0]!.end();
  await clock.advance(1000);
  assert.equal(keys(), ['a', 'a']);
});

later('requeueAfterMs runs the key again, and an earlier run makes it obsolete', async () => {
  const { runs, handler, keys } = manual();
  const { queue, clock } = started(handler);
  queue.add('a');
  await turn();
  runs[0]!.end({ requeueAfterMs: 1000 });
  await clock.advance(500);
  queue.add('a');
  await turn();
  runs[1]!.end();
  await clock.advance(10_000);
  assert.equal(keys(), ['a', 'a']);
});

later.run();

const failures = suite('failures');

failures('a failing key is retried after twice the time, up to the limit', async () => {
  const { runs, handler } = manual();
  const { queue, clock, lines } = started(handler, { backoff: { maxMs: 1000 } });
  queue.add('a');
  const waits: number[] = [];
  for (let i = 0; i < 5; i += 1) {
    await turn();
    runs[i]!.fail(new Error('no'));
    await turn();
    waits.push(clock.next);
    await clock.advance(clock.next);
  }
  assert.equal(waits, [200, 400, 800, 1000, 1000]);
  assert.equal(
    runs.map((run) => run.attempt),
    [0, 1, 2, 3, 4, 5],
  );
  assert.equal(lines[0]?.level, 'error');
});

failures('a failing key waits without a worker', async () => {
  const { runs, handler, keys } = manual();
  const { queue } = started(handler);
  queue.add('bad');
  queue.add('good');
  await turn();
  runs[0]!.fail(new Error('no'));
  await turn();
  assert.equal(keys(), ['bad', 'good']);
});

failures('add runs a key in backoff at once; when it fails again it waits as long as before', async () => {
  const { runs, handler } = manual();
  const { queue, clock } = started(handler);
  queue.add('a');
  for (let i = 0; i < 3; i += 1) {
    await turn();
    runs[i]!.fail(new Error('no'));
    await turn();
    if (i < 2) queue.add('a');
  }
  assert.is(runs.length, 3);
  assert.is(clock.next, 200);
  assert.is(clock.pending, 1, 'one retry, not one per failure');
  await clock.advance(200);
  runs[3]!.fail(new Error('no'));
  await turn();
  assert.is(clock.next, 400, 'one wait passed without effect');
});

failures('success forgets the failures', async () => {
  const { runs, handler } = manual();
  const { queue, clock } = started(handler);
  queue.add('a');
  await turn();
  runs[0]!.fail(new Error('no'));
  await clock.advance(200);
  runs[1]!.end();
  await turn();
  queue.add('a');
  await turn();
  assert.is(runs[2]!.attempt, 0);
  runs[2]!.fail(new Error('no'));
  await turn();
  assert.is(clock.next, 200);
});

failures('RetryError sets the time, and is no error in the log', async () => {
  const { runs, handler } = manual();
  const { queue, clock, lines } = started(handler);
  queue.add('a');
  await turn();
  runs[0]!.fail(new RetryError('the CRD is not there', { afterMs: 12_345 }));
  await turn();
  assert.is(clock.next, 12_345);
  assert.equal(
    lines.map((line) => line.level),
    ['warn'],
  );
});

failures('a requested wait makes the backoff longer, never shorter, and not longer than the limit', async () => {
  const { runs, handler } = manual();
  const { queue, clock } = started(handler, { backoff: { maxMs: 60_000 } });
  queue.add('a');
  const waits: number[] = [];
  for (const [i, afterMs] of [0, 0, 1000, 1000, 86_400_000].entries()) {
    await turn();
    runs[i]!.fail(new RetryError('no', { afterMs }));
    await turn();
    waits.push(clock.next);
    await clock.advance(clock.next);
  }
  assert.equal(waits, [200, 400, 1000, 1600, 60_000]);
});

failures('the Retry-After of the API server is respected', async () => {
  const { runs, handler } = manual();
  const { queue, clock } = started(handler);
  queue.add('a');
  await turn();
  runs[0]!.fail(Object.assign(new Error('slow down'), { retryAfterSeconds: 7 }));
  await turn();
  assert.is(clock.next, 7000);
});

failures('a handler that throws without being async is a failure like any other', async () => {
  const { queue, clock, lines } = started(() => {
    throw new Error('sync');
  });
  queue.add('a');
  await turn();
  assert.is(clock.next, 200);
  assert.is(lines[0]?.msg, 'failed, will retry');
});

for (const [what, error, level, msg] of [
  ['an error', new Error('no'), 'error', 'failed, will retry'],
  ['a failure that says why', new RetryError('no answer'), 'warn', 'will retry: no answer'],
  ['a conflict', new RetryError('it has changed', { isRoutine: true }), 'debug', 'will retry: it has changed'],
] as const) {
  failures(`${what} is one line of the log at ${level}`, async () => {
    const { queue, lines } = started(() => Promise.reject(error));
    queue.add('a');
    await turn();
    assert.equal(
      lines.map((line) => [line.level, line.msg, line.key, line.failures, line.retryInMs]),
      [[level, msg, 'a', 1, 200]],
    );
  });
}

failures.run();

const ending = suite('ending');

ending('run resolves when the running handlers are done, and leaves no timer', async () => {
  const { runs, handler, keys } = manual();
  const { queue, clock, stop, done } = started(handler);
  queue.add('a');
  queue.add('b');
  queue.addAfter('c', 1000);
  await turn();
  stop.abort();
  let ended = false;
  void done.then(() => {
    ended = true;
  });
  await turn();
  assert.is(ended, false);
  runs[0]!.end({ requeueAfterMs: 5 });
  await turn();
  assert.is(ended, true);
  queue.add('d');
  queue.addAfter('e', 1);
  await clock.advance(10_000);
  assert.equal(keys(), ['a']);
  assert.is(clock.pending, 0);
});

ending('run abandons a handler that does not end', async () => {
  const { handler } = manual();
  const { queue, clock, stop, done, lines } = started(handler, { drainMs: 3000 });
  queue.add('a');
  await turn();
  stop.abort();
  await clock.advance(3000);
  await done;
  assert.equal(
    lines.map((line) => [line.level, line.keys]),
    [['warn', ['a']]],
  );
});

ending('handlers see the signal', async () => {
  let seen: AbortSignal | undefined;
  const { queue, stop, done } = started(async (_, { signal }) => {
    seen = signal;
  });
  queue.add('a');
  await turn();
  assert.is(seen?.aborted, false);
  stop.abort();
  await done;
  assert.is(seen?.aborted, true);
});

ending.run();

test('metrics count adds, retries, depth and seconds', async () => {
  const seen: [string, number?][] = [];
  const metrics: QueueMetrics = {
    depth: (keys) => seen.push(['depth', keys]),
    added: () => seen.push(['added']),
    retried: () => seen.push(['retried']),
    waited: (seconds) => seen.push(['waited', seconds]),
    worked: (seconds) => seen.push(['worked', seconds]),
    handling: () => {},
  };
  const { runs, handler } = manual();
  const { queue, clock } = started(handler, { metrics });
  queue.add('a');
  queue.add('b');
  queue.add('b');
  queue.add('a');
  queue.add('a');
  await clock.advance(2000);
  runs[0]!.fail(new RetryError('no', { afterMs: 60_000 }));
  await turn();
  assert.equal(seen, [
    ['depth', 0],
    ['depth', 1],
    ['added'],
    ['depth', 0],
    ['waited', 0],
    ['depth', 1],
    ['added'],
    ['added'],
    ['retried'],
    ['worked', 2],
    ['depth', 2],
    ['depth', 1],
    ['waited', 2],
  ]);
});

test('the wait of a key begins when there is a worker', async () => {
  const seen: [string, number][] = [];
  const nothing = () => {};
  const metrics: QueueMetrics = {
    ...{ added: nothing, retried: nothing, worked: nothing, handling: nothing },
    depth: (keys) => seen.push(['depth', keys]),
    waited: (seconds) => seen.push(['waited', seconds]),
  };
  const clock = new FakeClock();
  const queue = new WorkQueue({ workers: 1, handler: manual().handler, log: spyLog().log, clock, metrics });
  queue.add('a');
  queue.add('b');
  await clock.advance(3_600_000);
  assert.equal(seen, []);
  const stop = new AbortController();
  const done = queue.run(stop.signal);
  assert.equal(seen.splice(0), [
    ['depth', 2],
    ['depth', 1],
    ['waited', 0],
  ]);
  stop.abort();
  await clock.advance(10_000);
  await done;
  assert.equal(seen, [['depth', 0]]);
});

test('a key that is handled for too long is named until it is done', async () => {
  let handling = (): readonly number[] => [];
  const nothing = () => {};
  const metrics: QueueMetrics = {
    ...{ depth: nothing, added: nothing, retried: nothing, waited: nothing, worked: nothing },
    handling: (seconds) => {
      handling = seconds;
    },
  };
  const { runs, handler } = manual();
  const { queue, clock } = started(handler, { workers: 2, metrics });
  queue.add('a');
  await clock.advance(4000);
  queue.add('b');
  queue.add('c');
  await clock.advance(1000);
  assert.equal([queue.handledLongerThan(5000), queue.handledLongerThan(4999)], [[], ['a']]);
  assert.equal(queue.handledLongerThan(5000, clock.now() + 4001), ['a', 'b'], 'a waiting key is not handled');
  assert.equal(handling(), [5, 1]);
  runs[0]!.end();
  await clock.advance(6000);
  assert.equal(
    [queue.handledLongerThan(5000), handling()],
    [
      ['b', 'c'],
      [7, 6],
    ],
  );
});

test('the lines of a run have its logger, and so has its handler', async () => {
  const { log, lines } = spyLog();
  let run = 0;
  const handler: Handler = async (_, context) => {
    context.log.info('handled');
    throw new Error('no');
  };
  const { queue, clock } = started(handler, { log, logOf: (key) => log.child({ run: ++run, thing: key }) });
  queue.add('a');
  await clock.advance(200);
  assert.equal(
    lines.map(({ run, thing, msg }) => [run, thing, msg]),
    [1, 2].flatMap((n) => [
      [n, 'a', 'handled'],
      [n, 'a', 'failed, will retry'],
    ]),
  );
});

test("a key of a later time is handled also when the machine's clock is set back", async () => {
  const [day, handled] = [Date.now, [] as string[]];
  const stop = new AbortController();
  const queue = new WorkQueue({ workers: 1, handler: async (key) => void handled.push(key), log: spyLog().log });
  const done = queue.run(stop.signal);
  try {
    queue.addAfter('ns/a', 20);
    Date.now = () => day() - 3_600_000;
    await until('it is handled', () => handled.length > 0);
  } finally {
    Date.now = day;
    stop.abort();
    await done;
  }
});

test.run();
