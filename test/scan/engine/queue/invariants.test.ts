import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PRIORITIES } from '../../../../src/scan/engine/queue/scan-request.ts';
import { type FailureReason, ScanError } from '../../../../src/scan/scan-error.ts';
import { asks, type ManualScan, started } from './queues.ts';

const KEYS = ['a/1', 'a/2', 'a/3', 'b/1', 'b/2', 'c/1', 'stored'];
const LIMIT = 3;
const DAY = 24 * 3_600_000;

const REASONS: FailureReason[] = ['RateLimited', 'Timeout', 'NotFound', 'Unauthorized', 'DatabaseMissing'];

const key = fc.constantFrom(...KEYS);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('add' as const), key, priority: fc.constantFrom(...PRIORITIES) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('end' as const), which: fc.nat(LIMIT) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      which: fc.nat(LIMIT),
      reason: fc.constantFrom(...REASONS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('throw' as const), which: fc.nat(LIMIT) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('change' as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('database' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 3_600_000 }) }) },
);

/** A queue, and what a bystander knows who sees only asks, starts and ends. */
class Bystander {
  readonly running = new Set<ManualScan>();
  /** The last cause that was asked for, 0 if none was; and that with which the last successful scan began. */
  readonly asked = new Map<string, number>();
  readonly answered = new Map<string, number>();
  mostAtOnce = 0;
  starts = 0;
  readonly queue = started({
    limit: LIMIT,
    handler: (scanned, signal) => {
      assert.not(
        [...this.running].some((scan) => scan.key === scanned),
        `${scanned} runs twice at once`,
      );
      this.starts += 1;
      const begunWith = this.asked.get(scanned);
      return new Promise<void>((resolve, reject) => {
        const over = (then: () => void) => () => {
          this.running.delete(scan);
          then();
        };
        const end = over(() => {
          if (begunWith !== undefined && !signal.aborted) this.answered.set(scanned, begunWith);
          resolve();
        });
        const scan: ManualScan = { key: scanned, signal, end, fail: (error) => over(() => reject(error))() };
        this.running.add(scan);
        this.mostAtOnce = Math.max(this.mostAtOnce, this.running.size);
      });
    },
  });

  ask(key: string, cause: number): void {
    this.asked.set(key, Math.max(this.asked.get(key) ?? 0, cause));
    if (![...this.running].some((scan) => scan.key === key)) this.answered.delete(key);
  }

  pick(which: number): ManualScan | undefined {
    return [...this.running][which];
  }
}

test('the queue never exceeds its limit, never runs one key twice at once, and loses no request', async () => {
  let starts = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
      const seen = new Bystander();
      const { queue, clock } = seen.queue;
      for (const [number, s] of steps.entries()) {
        if (s.do === 'add') {
          const ask = asks(s.priority, `${number + 1}`);
          seen.ask(s.key, 'cause' in ask ? number + 1 : 0);
          queue.add(s.key, ask);
        } else if (s.do === 'end') seen.pick(s.which)?.end();
        else if (s.do === 'fail') seen.pick(s.which)?.fail(new ScanError(s.reason, s.reason));
        else if (s.do === 'throw') seen.pick(s.which)?.fail(new Error('unexpected'));
        else if (s.do === 'change') queue.changed(s.key);
        else if (s.do === 'database') queue.databaseArrived();
        else if (s.do === 'wait') await clock.advance(s.ms);
        else {
          queue.remove(s.key);
          seen.asked.delete(s.key);
          seen.answered.delete(s.key);
        }
        await clock.advance(0);
        const { running, waiting } = queue.counts();
        const waits = Object.values(waiting).some((count) => count > 0);
        assert.ok(running <= LIMIT);
        assert.is(running, seen.running.size, 'a place is free when a scan has ended');
        assert.ok(!waits || running === LIMIT, 'no place is free while a key waits');
      }
      // All is well from now on: whatever still waits must come to an end.
      for (let i = 0; i < 50; i += 1) {
        for (const asked of seen.asked.keys()) queue.changed(asked);
        await clock.advance(0);
        for (const scan of [...seen.running]) scan.end();
        await clock.advance(seen.running.size > 0 ? 0 : DAY);
      }
      for (const [asked, cause] of seen.asked) {
        assert.is(queue.state(asked), undefined, `${asked} is done`);
        assert.is(seen.answered.get(asked), cause, `${asked} was scanned for what was asked last`);
      }
      assert.ok(seen.mostAtOnce <= LIMIT);
      assert.is(clock.pending, 0);
      starts += seen.starts;
    }),
    { seed: 20261125, numRuns: 400 },
  );
  assert.ok(starts > 3000, `${starts} scans`);
});

test.run();
