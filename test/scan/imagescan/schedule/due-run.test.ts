// suite: all, faults
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { dueRun } from '../../../../src/scan/imagescan/schedule/due-run.ts';
import { plannedTime } from '../../../../src/scan/imagescan/schedule/jitter.ts';
import { nextRun } from '../../../../src/scan/imagescan/schedule/next-run.ts';
import { sized } from '../../../harness/size.ts';
import { scheduleOf } from './schedules.ts';

interface Case {
  what: string;
  expression?: string;
  since: string;
  now: string;
  jitter?: number;
  due?: string;
  next: string;
}

/** In UTC, daily at 3 with a jitter of 5 minutes, unless another is named. */
const CASES: Case[] = [
  { what: 'before the run', since: '06-01T03:00', now: '06-01T12:00', next: '06-02T03:05' },
  { what: 'the run has come, its jitter not', since: '06-01T03:00', now: '06-02T03:04', next: '06-02T03:05' },
  { what: 'the planned time', since: '06-01T03:00', now: '06-02T03:05', due: '06-02T03:00', next: '06-03T03:05' },
  { what: 'made: nothing until the next', since: '06-02T03:00', now: '06-02T03:05', next: '06-03T03:05' },
  {
    what: 'ten days down: one run, the latest',
    since: '06-01T03:00',
    now: '06-11T12:00',
    due: '06-11T03:00',
    next: '06-12T03:05',
  },
  {
    what: 'days down, and back between a run and its planned time: one run for both',
    since: '06-01T03:00',
    now: '06-11T03:02',
    due: '06-11T03:00',
    next: '06-12T03:05',
  },
  { what: 'created after the run of the day', since: '06-01T03:00:01', now: '06-01T03:06', next: '06-02T03:05' },
  {
    what: 'created long ago, never run: once',
    since: '01-01T00:00',
    now: '06-01T12:00',
    due: '06-01T03:00',
    next: '06-02T03:05',
  },
  {
    what: 'changed to a time that has not come since the last run',
    expression: '0 20 * * *',
    since: '06-01T03:00',
    now: '06-01T12:00',
    next: '06-01T20:05',
  },
  {
    what: 'changed to a time that has come since the last run',
    expression: '0 9 * * *',
    since: '06-01T03:00',
    now: '06-01T12:00',
    due: '06-01T09:00',
    next: '06-02T09:05',
  },
  {
    what: 'changed to another time on the way back: the last run counts',
    expression: '30 2 * * *',
    since: '06-01T03:00',
    now: '06-01T12:00',
    next: '06-02T02:35',
  },
  { what: 'a last run in the future counts as now', since: '12-31T03:00', now: '06-01T12:00', next: '06-02T03:05' },
  {
    what: 'without jitter',
    jitter: 0,
    since: '06-01T03:00',
    now: '06-02T03:00',
    due: '06-02T03:00',
    next: '06-03T03:00',
  },
];

const instant = (text: string): Date => new Date(`2026-${text.padEnd(14, ':00')}Z`);

const table = suite('what is due');

for (const { what, expression = '0 3 * * *', since, now, jitter = 0.5, due, next } of CASES) {
  table(what, () => {
    const result = dueRun({ schedule: scheduleOf(expression), since: instant(since), now: instant(now), jitter });
    assert.equal(result, { ...(due !== undefined && { due: instant(due) }), next: instant(next) });
  });
}

table.run();

const life = suite('over time');

life('whenever an operator looks, a run is made once, never early, and none goes unanswered', () => {
  const start = Date.parse('2026-10-24T00:00:00Z');
  const looks = fc.array(fc.integer({ min: 1, max: 8 * 3600 }), { minLength: 5, maxLength: 25 });
  const jitters = fc.double({ min: 0, max: 0.999, noNaN: true });
  fc.assert(
    fc.property(looks, jitters, fc.constantFrom('0 * * * *', '30 2 * * *', '*/20 * * * *'), (waits, jitter, text) => {
      const schedule = scheduleOf(text, 'Europe/Berlin');
      let since = new Date(start);
      let now = start;
      for (const seconds of waits) {
        now += seconds * 1000;
        const { due, next } = dueRun({ schedule, since, now: new Date(now), jitter });
        assert.ok(next > new Date(now), 'the next one is in the future');
        const first = nextRun(schedule, since);
        assert.is(due !== undefined, plannedTime(schedule, first, jitter) <= new Date(now), 'due when planned');
        if (due === undefined) continue;
        assert.ok(due > since && due <= new Date(now), 'not twice, not early');
        assert.ok(nextRun(schedule, due) > new Date(now), 'for all that were missed');
        since = due;
      }
    }),
    { seed: 20261125, numRuns: sized(10, 40) },
  );
});

life('one who comes back at `next` finds a run due then, and not a second before', () => {
  const schedule = scheduleOf('30 2 * * *', 'Australia/Lord_Howe');
  let since = new Date('2026-09-28T00:00:00Z');
  const made: string[] = [];
  let { next } = dueRun({ schedule, since, now: since, jitter: 0.25 });
  for (let day = 0; day < 8; day += 1) {
    assert.is(dueRun({ schedule, since, now: new Date(next.getTime() - 1000), jitter: 0.25 }).due, undefined);
    const run = dueRun({ schedule, since, now: next, jitter: 0.25 });
    made.push(next.toISOString().slice(5, 19));
    since = run.due!;
    next = run.next;
  }
  assert.equal(made, [
    '09-28T16:02:30',
    '09-29T16:02:30',
    '09-30T16:02:30',
    '10-01T16:02:30',
    '10-02T16:02:30',
    // 02:30 is the first moment after the gap.
    '10-03T15:32:30',
    '10-04T15:32:30',
    '10-05T15:32:30',
  ]);
});

life.run();
