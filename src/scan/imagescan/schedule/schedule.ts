import { IANAZone } from 'luxon';
import { printable } from '../../../text/printable.ts';
import { CronCalendar } from './cron-calendar.ts';

/** A schedule that has dates, in a time zone that exists. */
export interface Schedule {
  /** Five fields (minute hour day-of-month month day-of-week) or a @word. */
  readonly expression: string;
  readonly calendar: CronCalendar;
  readonly zone: IANAZone;
}

/** The reason why a schedule is invalid: object, cause and cure, on one line. */
export interface InvalidSchedule {
  readonly error: string;
}

const WORDS = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

const FIELDS = [
  { name: 'minute', values: '0-59' },
  { name: 'hour', values: '0-23' },
  { name: 'day of month', values: '1-31' },
  { name: 'month', values: '1-12 or JAN-DEC' },
  { name: 'day of week', values: '0-7 or SUN-SAT' },
] as const;

const quote = (text: string): string => JSON.stringify(printable(text, 128));

const wrongForm = (fields: readonly string[]): string | undefined => {
  if (fields.length !== FIELDS.length) {
    return `does not have five fields: write minute, hour, day of month, month and day of week, as in 0 3 * * *, or one of ${[...WORDS.keys()].join(', ')}`;
  }
  const index = fields.findIndex((field, i) => !CronCalendar.isField(field, i));
  const wrong = FIELDS[index];
  if (wrong === undefined) return undefined;
  return `has an invalid ${wrong.name} ${quote(fields[index] ?? '')}: write ${wrong.values}, *, a range as in 1-5, a step as in */2, or several with commas`;
};

/**
 * Reads a schedule.
 * @param timeZone a name of the IANA database; the machine's own never counts
 */
export const parseSchedule = (expression: string, timeZone = 'UTC'): Schedule | InvalidSchedule => {
  const zone = IANAZone.create(timeZone);
  if (!zone.isValid) {
    return { error: `time zone ${quote(timeZone)} is unknown: write a name of the IANA database, as in Europe/Berlin` };
  }
  const fields = (WORDS.get(expression) ?? expression).trim().split(/\s+/);
  const wrong = wrongForm(fields);
  if (wrong !== undefined) return { error: `schedule ${quote(expression)} ${wrong}` };
  const calendar = CronCalendar.of(fields);
  if (calendar === undefined) {
    return {
      error: `schedule ${quote(expression)} never runs, since no year has such a day: change its day of month or its month`,
    };
  }
  return { expression, calendar, zone };
};
