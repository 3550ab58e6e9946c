import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { nextRun } from '../../../../src/scan/imagescan/schedule/next-run.ts';
import { parseSchedule } from '../../../../src/scan/imagescan/schedule/schedule.ts';
import { cpuMs } from '../../../harness/cpu-ms.ts';
import { scheduleOf } from './schedules.ts';

const NOW = new Date('2026-11-25T10:17:42.500Z');

const valid = suite('valid schedules');

const FIRST_RUNS = {
  '@yearly': '2027-01-01T00:00:00.000Z',
  '@annually': '2027-01-01T00:00:00.000Z',
  '@monthly': '2026-12-01T00:00:00.000Z',
  '@weekly': '2026-11-29T00:00:00.000Z',
  '@daily': '2026-11-26T00:00:00.000Z',
  '@midnight': '2026-11-26T00:00:00.000Z',
  '@hourly': '2026-11-25T11:00:00.000Z',
  '* * * * *': '2026-11-25T10:18:00.000Z',
  '17 10 * * *': '2026-11-26T10:17:00.000Z',
  '*/15 * * * *': '2026-11-25T10:30:00.000Z',
  '5-10/5,50 8,9 * * mon-fri': '2026-11-26T08:05:00.000Z',
  '0 0 * JAN 7': '2027-01-03T00:00:00.000Z',
  '0 0 29 2 *': '2028-02-29T00:00:00.000Z',
  // A Monday of February, or the 29th.
  '0 0 29 2 1': '2027-02-01T00:00:00.000Z',
  '0 0 31 4,5 *': '2027-05-31T00:00:00.000Z',
  // Neither begins with a star: one of them is enough, also when it is every day.
  '0 0 1-31 * 1': '2026-11-26T00:00:00.000Z',
  '0 0 1 * 0-7': '2026-11-26T00:00:00.000Z',
  '0 0 31 2 1': '2027-02-01T00:00:00.000Z',
  // A star, with a step or without: both are needed.
  '0 0 */2 * 1': '2026-12-07T00:00:00.000Z',
  '0 0 15 * */3': '2027-05-15T00:00:00.000Z',
  '0 0 */31 2 0': '2032-02-01T00:00:00.000Z',
  '* * */31 2 0': '2032-02-01T00:00:00.000Z',
};

for (const [expression, first] of Object.entries(FIRST_RUNS)) {
  valid(`${expression} runs first at ${first}`, () => {
    assert.is(nextRun(scheduleOf(expression), NOW).toISOString(), first);
  });
}

valid('without a time zone it is UTC, wherever the operator runs', () => {
  assert.is(scheduleOf('0 3 * * *').zone.name, 'UTC');
});

valid('the 29 February after 2096 is in 2104, however far that is from the clock of the machine', () => {
  const run = nextRun(scheduleOf('0 0 29 2 *'), new Date('2096-02-29T00:00:00Z'));
  assert.is(run.toISOString(), '2104-02-29T00:00:00.000Z');
});

valid.run();

const invalid = suite('invalid schedules');

const fiveFields = (given: string) =>
  `schedule ${given} does not have five fields: write minute, hour, day of month, month and day of week, as in 0 3 * * *, ` +
  'or one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly';
const field = (given: string, name: string, value: string, values: string) =>
  `schedule ${given} has an invalid ${name} ${value}: write ${values}, *, a range as in 1-5, a step as in */2, or several with commas`;

const noDay = (given: string) =>
  `schedule ${given} never runs, since no year has such a day: change its day of month or its month`;

const ERRORS: [string, string][] = [
  ['', fiveFields('""')],
  ['0 3 * *', fiveFields('"0 3 * *"')],
  ['0 0 3 * * *', fiveFields('"0 0 3 * * *"')],
  ['@reboot', fiveFields('"@reboot"')],
  ['@weekdays', fiveFields('"@weekdays"')],
  ['@secondly', fiveFields('"@secondly"')],
  ['@Daily', fiveFields('"@Daily"')],
  ['constructor', fiveFields('"constructor"')],
  ['60 * * * *', field('"60 * * * *"', 'minute', '"60"', '0-59')],
  ['-1 * * * *', field('"-1 * * * *"', 'minute', '"-1"', '0-59')],
  ['*/0 * * * *', field('"*/0 * * * *"', 'minute', '"*/0"', '0-59')],
  ['1,,2 * * * *', field('"1,,2 * * * *"', 'minute', '"1,,2"', '0-59')],
  ['0 24 * * *', field('"0 24 * * *"', 'hour', '"24"', '0-23')],
  ['0 17-9 * * *', field('"0 17-9 * * *"', 'hour', '"17-9"', '0-23')],
  ['0 0 0 * *', field('"0 0 0 * *"', 'day of month', '"0"', '1-31')],
  ['0 0 L * *', field('"0 0 L * *"', 'day of month', '"L"', '1-31')],
  ['0 0 1 13 *', field('"0 0 1 13 *"', 'month', '"13"', '1-12 or JAN-DEC')],
  ['0 0 * * 8', field('"0 0 * * 8"', 'day of week', '"8"', '0-7 or SUN-SAT')],
  ['0 0 * * Monday', field('"0 0 * * Monday"', 'day of week', '"Monday"', '0-7 or SUN-SAT')],
  ['0 0 31 2 *', noDay('"0 0 31 2 *"')],
  ['0 0 30 2 *', noDay('"0 0 30 2 *"')],
  ['0 0 31 2 */2', noDay('"0 0 31 2 */2"')],
  ['* * 31 2,4,6,9,11 *', noDay('"* * 31 2,4,6,9,11 *"')],
];

for (const [expression, error] of ERRORS) {
  invalid(`'${expression}' is refused with cause and cure`, () => assert.equal(parseSchedule(expression), { error }));
}

for (const timeZone of ['Mars/Base', 'local', 'system', '', 'UTC+3', 'Europe/Berlin;']) {
  invalid(`the time zone '${timeZone}' is unknown`, () => {
    assert.equal(parseSchedule('0 3 * * *', timeZone), {
      error: `time zone "${timeZone}" is unknown: write a name of the IANA database, as in Europe/Berlin`,
    });
  });
}

invalid('an error is one line of bounded length, whatever was given', () => {
  for (const parsed of [parseSchedule('\n'.repeat(5000)), parseSchedule('0 3 * * *', `a\n${'b'.repeat(5000)}`)]) {
    assert.ok('error' in parsed);
    assert.not.match(parsed.error, /\n/);
    assert.ok(parsed.error.length < 600, `${parsed.error.length}`);
  }
});

invalid('whatever text is given, there is an answer soon, and a schedule has a run', () => {
  const good = fc.constantFrom('*', '*/7', '2', '3,5', '1-5');
  const odd = fc.constantFrom('0', '29', '30', '31', 'feb', 'mon', '?', 'L', '99', '*/', '-', '5/2', '**', '7-1');
  const field = fc.oneof(
    { weight: 5, arbitrary: good },
    { weight: 2, arbitrary: odd },
    { weight: 1, arbitrary: fc.tuple(good, odd).map((two) => two.join('')) },
  );
  const text = fc.array(field, { minLength: 4, maxLength: 6 });
  let schedules = 0;
  fc.assert(
    fc.property(text, (fields) => {
      const began = cpuMs();
      const parsed = parseSchedule(fields.join(' '));
      if (!('error' in parsed)) {
        schedules += 1;
        assert.ok(nextRun(parsed, NOW) > NOW);
      }
      assert.ok(cpuMs() - began < 2000);
    }),
    { seed: 20261125, numRuns: 1500 },
  );
  assert.ok(schedules > 50, `${schedules} schedules`);
});

invalid.run();
