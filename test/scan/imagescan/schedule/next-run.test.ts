// suite: all, faults
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lastRunWithin, nextRun } from '../../../../src/scan/imagescan/schedule/next-run.ts';
import type { Schedule } from '../../../../src/scan/imagescan/schedule/schedule.ts';
import { cpuMs } from '../../../harness/cpu-ms.ts';
import { sized } from '../../../harness/size.ts';
import { type Fields, runsByMinute, ZONES } from './oracle.ts';
import { scheduleOf } from './schedules.ts';

const runsAfter = (schedule: Schedule, after: Date, count: number): Date[] => {
  const runs: Date[] = [];
  for (let run = nextRun(schedule, after); runs.length < count; run = nextRun(schedule, run)) runs.push(run);
  return runs;
};

const minutes = (runs: readonly Date[]): string[] => runs.map((run) => run.toISOString().replace(':00.000Z', 'Z'));

const changes = suite('changes of the clocks');

interface Case {
  what: string;
  zone: string;
  expression: string;
  after: string;
  runs: string[];
}

const CASES: Case[] = [
  {
    what: 'Berlin skips 02:30: it runs at the change',
    zone: 'Europe/Berlin',
    expression: '30 2 * * *',
    after: '2026-03-27T12:00Z',
    runs: ['2026-03-28T01:30Z', '2026-03-29T01:00Z', '2026-03-30T00:30Z'],
  },
  {
    what: 'Berlin skips six times: one run at the change',
    zone: 'Europe/Berlin',
    expression: '*/10 2 * * *',
    after: '2026-03-29T00:00Z',
    runs: ['2026-03-29T01:00Z', '2026-03-30T00:00Z', '2026-03-30T00:10Z'],
  },
  {
    what: 'Berlin skips 02:00, and 03:00 comes at the same moment: one run',
    zone: 'Europe/Berlin',
    expression: '0 * * * *',
    after: '2026-03-28T23:30Z',
    runs: ['2026-03-29T00:00Z', '2026-03-29T01:00Z', '2026-03-29T02:00Z'],
  },
  {
    what: 'Berlin repeats 02:30: it runs the first time',
    zone: 'Europe/Berlin',
    expression: '30 2 * * *',
    after: '2026-10-23T12:00Z',
    runs: ['2026-10-24T00:30Z', '2026-10-25T00:30Z', '2026-10-26T01:30Z'],
  },
  {
    what: 'Berlin between the two 02:30: tomorrow',
    zone: 'Europe/Berlin',
    expression: '30 2 * * *',
    after: '2026-10-25T01:10Z',
    runs: ['2026-10-26T01:30Z'],
  },
  {
    what: 'Berlin repeats an hour: every hour that the clocks show is one run',
    zone: 'Europe/Berlin',
    expression: '0 * * * *',
    after: '2026-10-24T22:30Z',
    runs: ['2026-10-24T23:00Z', '2026-10-25T00:00Z', '2026-10-25T02:00Z'],
  },
  {
    what: 'Sydney skips 02:30',
    zone: 'Australia/Sydney',
    expression: '30 2 * * *',
    after: '2026-10-02T12:00Z',
    runs: ['2026-10-02T16:30Z', '2026-10-03T16:00Z', '2026-10-04T15:30Z'],
  },
  {
    what: 'Sydney repeats 02:30',
    zone: 'Australia/Sydney',
    expression: '30 2 * * *',
    after: '2026-04-03T12:00Z',
    runs: ['2026-04-03T15:30Z', '2026-04-04T15:30Z', '2026-04-05T16:30Z'],
  },
  {
    what: 'Lord Howe skips half an hour, with 02:15',
    zone: 'Australia/Lord_Howe',
    expression: '15 2 * * *',
    after: '2026-10-02T12:00Z',
    runs: ['2026-10-02T15:45Z', '2026-10-03T15:30Z', '2026-10-04T15:15Z'],
  },
  {
    what: 'Lord Howe repeats half an hour, with 01:45',
    zone: 'Australia/Lord_Howe',
    expression: '45 1 * * *',
    after: '2026-04-03T12:00Z',
    runs: ['2026-04-03T14:45Z', '2026-04-04T14:45Z', '2026-04-05T15:15Z'],
  },
  {
    what: 'Cairo skips midnight',
    zone: 'Africa/Cairo',
    expression: '0 0 * * *',
    after: '2026-04-22T12:00Z',
    runs: ['2026-04-22T22:00Z', '2026-04-23T22:00Z', '2026-04-24T21:00Z'],
  },
  {
    what: 'Cairo repeats the hour before midnight',
    zone: 'Africa/Cairo',
    expression: '30 23 * * *',
    after: '2026-10-28T12:00Z',
    runs: ['2026-10-28T20:30Z', '2026-10-29T20:30Z', '2026-10-30T21:30Z'],
  },
  {
    what: 'Sao Paulo skipped midnight in 2018',
    zone: 'America/Sao_Paulo',
    expression: '0 0 * * *',
    after: '2018-11-02T12:00Z',
    runs: ['2018-11-03T03:00Z', '2018-11-04T03:00Z', '2018-11-05T02:00Z'],
  },
  {
    what: 'Sao Paulo repeated the hour before midnight in 2019',
    zone: 'America/Sao_Paulo',
    expression: '30 23 * * *',
    after: '2019-02-15T12:00Z',
    runs: ['2019-02-16T01:30Z', '2019-02-17T01:30Z', '2019-02-18T02:30Z'],
  },
  {
    what: 'Apia skipped a whole day in 2011',
    zone: 'Pacific/Apia',
    expression: '0 12 * * *',
    after: '2011-12-29T12:00Z',
    runs: ['2011-12-29T22:00Z', '2011-12-30T10:00Z', '2011-12-30T22:00Z'],
  },
  {
    what: 'Kolkata never changes',
    zone: 'Asia/Kolkata',
    expression: '0 3 * * *',
    after: '2026-03-27T12:00Z',
    runs: ['2026-03-27T21:30Z', '2026-03-28T21:30Z', '2026-03-29T21:30Z'],
  },
];

for (const { what, zone, expression, after, runs } of CASES) {
  changes(what, () =>
    assert.equal(minutes(runsAfter(scheduleOf(expression, zone), new Date(after), runs.length)), runs),
  );
}

changes('a run is strictly after the time that is asked about, to the millisecond', () => {
  const schedule = scheduleOf('30 2 * * *', 'Europe/Berlin');
  const next = (after: string) => nextRun(schedule, new Date(after)).toISOString();
  assert.is(next('2026-10-25T00:29:59.999Z'), '2026-10-25T00:30:00.000Z');
  assert.is(next('2026-10-25T00:30:00.000Z'), '2026-10-26T01:30:00.000Z');
  assert.is(next('2026-10-25T00:30:00.001Z'), '2026-10-26T01:30:00.000Z');
});

changes.run();

const oracle = suite('against a clock that is read minute by minute');

const through = (low: number, high: number, step = 1): number[] =>
  [...Array(Math.floor((high - low) / step) + 1).keys()].map((i) => low + i * step);

const some = (low: number, high: number, most: number) =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 3, arbitrary: fc.uniqueArray(fc.integer({ min: low, max: high }), { minLength: 1, maxLength: most }) },
  );

const listed: fc.Arbitrary<Fields> = fc.record({
  minute: fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 4 }),
  // The hours in which clocks change come more often than others.
  hour: fc.oneof(fc.uniqueArray(fc.constantFrom(0, 1, 2, 3, 23), { minLength: 1, maxLength: 3 }), some(0, 23, 5)),
  dayOfMonth: fc.oneof({ weight: 9, arbitrary: some(1, 31, 20) }, fc.constant(through(1, 31))),
  month: some(1, 12, 11),
  dayOfWeek: fc.oneof({ weight: 9, arbitrary: some(0, 6, 6) }, fc.constant(through(0, 6))),
});

const stepped = (field: 'dayOfMonth' | 'dayOfWeek', low: number, high: number) =>
  fc.tuple(listed, fc.integer({ min: 1, max: 5 })).map(([others, step]): Fields => {
    return { ...others, [field]: through(low, high, step), stepped: field };
  });

const fields: fc.Arbitrary<Fields> = fc.oneof(
  { weight: 3, arbitrary: listed },
  { weight: 1, arbitrary: stepped('dayOfMonth', 1, 31) },
  { weight: 1, arbitrary: stepped('dayOfWeek', 0, 6) },
);

const FIELDS = ['minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek'] as const;

const expressionOf = (wanted: Fields): string =>
  FIELDS.map((field) => {
    const values = wanted[field];
    return values === undefined ? '*' : field === wanted.stepped ? `*/${values[1]! - values[0]!}` : values.join(',');
  }).join(' ');

const DAY_MINUTES = 24 * 60;

for (const zone of ZONES) {
  oracle(`${zone.name}: runs rise, are at their local times or at a gap's end, and none is lost`, () => {
    let compared = 0;
    const change = fc.constantFrom(...zone.changes);
    const start = fc.oneof(
      { weight: 2, arbitrary: fc.tuple(change, fc.integer({ min: -DAY_MINUTES, max: 0 })) },
      { weight: 2, arbitrary: fc.tuple(change, fc.integer({ min: -20, max: 70 })) },
      { weight: 1, arbitrary: fc.tuple(fc.constant(0), fc.nat(zone.local.length - 30 * DAY_MINUTES)) },
    );
    fc.assert(
      fc.property(fields, start, fc.nat(59_999), (wanted, [minute, distance], ms) => {
        const first = Math.max(0, minute + distance);
        const expected = runsByMinute(zone, wanted, first, 12);
        const schedule = scheduleOf(expressionOf(wanted), zone.name);
        const after = new Date(zone.start + first * 60_000 + ms);
        compared += expected.length;
        assert.equal(minutes(runsAfter(schedule, after, expected.length)), minutes(expected));
      }),
      { seed: 20261125, numRuns: sized(15, 60) },
    );
    assert.ok(compared > sized(75, 300), `${compared} runs`);
  });
}

oracle.run();

const missed = suite('the last run within a time');

const within = (expression: string, after: string, until: string) =>
  lastRunWithin(scheduleOf(expression, 'Europe/Berlin'), new Date(after), new Date(until))?.toISOString();

missed('is the latest one, its end included, its beginning not', () => {
  assert.is(within('0 3 * * *', '2026-06-01T01:00:00Z', '2026-06-04T12:00:00Z'), '2026-06-04T01:00:00.000Z');
  assert.is(within('0 3 * * *', '2026-06-01T01:00:00Z', '2026-06-04T01:00:00Z'), '2026-06-04T01:00:00.000Z');
  assert.is(within('0 3 * * *', '2026-06-01T01:00:00Z', '2026-06-04T00:59:59Z'), '2026-06-03T01:00:00.000Z');
  assert.is(within('0 3 * * *', '2026-06-01T01:00:00Z', '2026-06-02T00:59:59Z'), undefined);
});

missed('a year of missed minutes is found without counting them', () => {
  const began = cpuMs();
  // In the repeated hour nothing runs, so the latest is the minute before it.
  assert.is(within('* * * * *', '2025-10-25T00:00:00Z', '2026-10-25T01:15:30Z'), '2026-10-25T00:59:00.000Z');
  assert.ok(cpuMs() - began < 3000);
});

missed('is what stepping through all of them gives', () => {
  const from = Date.parse('2026-03-20T00:00:00Z');
  fc.assert(
    fc.property(fc.constantFrom('0 3 * * *', '30 2,14 * * 0', '0 */5 * * *'), fc.nat(14_400), (expression, length) => {
      const schedule = scheduleOf(expression, 'Europe/Berlin');
      const until = new Date(from + length * 60_000);
      let last: Date | undefined;
      for (let run = nextRun(schedule, new Date(from)); run <= until; run = nextRun(schedule, run)) last = run;
      assert.equal(lastRunWithin(schedule, new Date(from), until), last);
    }),
    { seed: 20261125, numRuns: sized(10, 30) },
  );
});

missed.run();
