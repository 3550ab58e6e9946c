import { CronTime } from 'cron';
import { IANAZone } from 'luxon';
import { cutBytes } from '../../../text/cut-bytes.ts';

/** Times of a calendar: those of `cron`, those that one of several names, or those that all of them name. */
export type Days =
  | { readonly kind: 'One'; readonly cron: CronTime }
  | { readonly kind: 'Any' | 'All'; readonly crons: readonly CronTime[] };

/** A schedule that has dates, in a time zone that exists. */
export interface Schedule {
  /** Five fields (minute hour day-of-month month day-of-week) or a @word. */
  readonly expression: string;
  readonly days: Days;
  readonly zone: IANAZone;
}

/** Why there is no schedule: the object, the cause and the cure, on one line. */
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

/** `cron` looks until 8 years after the machine's clock; from here that holds a 29 February whenever now is. */
const SEARCH_FROM = new Date('2024-01-01T00:00:00Z');

const quote = (text: string): string => JSON.stringify(cutBytes(text, 128));

const isField = (field: string, index: number): boolean =>
  CronTime.validateCronExpression(FIELDS.map((_, i) => (i === index ? field : '*')).join(' ')).valid;

const wrongForm = (fields: readonly string[]): string | undefined => {
  if (fields.length !== FIELDS.length) {
    return `is not five fields: write minute, hour, day of month, month and day of week, as in 0 3 * * *, or one of ${[...WORDS.keys()].join(', ')}`;
  }
  const index = fields.findIndex((field, i) => !isField(field, i));
  const wrong = FIELDS[index];
  if (wrong === undefined) return undefined;
  return `has the ${wrong.name} ${quote(fields[index] ?? '')}: write ${wrong.values}, *, a range as in 1-5, a step as in */2, or several with commas`;
};

/** `cron` accepts 31 February, and throws when it is asked for its date. */
const hasDate = (cron: CronTime): boolean => {
  try {
    cron.getNextDateFrom(SEARCH_FROM, 'UTC');
    return true;
  } catch {
    return false;
  }
};

const inUtc = (...fields: readonly string[]): CronTime => new CronTime(fields.join(' '), 'UTC');

/**
 * What the two fields of days say together, as cron has always had it: a day needs one of them, but both when the text of
 * one begins with a star. `cron` goes by the values instead: 1-31 is a star to it, and a star with a step none.
 * @returns undefined when there is no such day
 */
const readDays = ([minute = '', hour = '', day = '', month = '', weekday = '']: readonly string[]):
  | Days
  | undefined => {
  if (day === '*' || weekday === '*') {
    const cron = inUtc(minute, hour, day, month, weekday);
    return hasDate(cron) ? { kind: 'One', cron } : undefined;
  }
  const both = [inUtc(minute, hour, day, month, '*'), inUtc(minute, hour, '*', month, weekday)];
  const crons = both.filter(hasDate);
  if (day.startsWith('*') || weekday.startsWith('*')) return crons.length < 2 ? undefined : { kind: 'All', crons };
  return { kind: 'Any', crons };
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
  const days = readDays(fields);
  if (days === undefined) {
    return { error: `schedule ${quote(expression)} is no day of any year: change its day of month or its month` };
  }
  return { expression, days, zone };
};
