import { CronTime } from 'cron';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The calendar repeats after 400 years, including the weekdays. */
const CALENDAR_MONTHS = 400 * 12;

/** 1970-01-01 was a Thursday. */
const FIRST_WEEKDAY = 4;

/** Minute, hour, day of month, month, day of week. */
const FIELD_COUNT = 5;

/** The values that a field names. */
type Values = ReadonlySet<number>;

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

const ALL = [range(0, 59), range(0, 23), range(1, 31), range(1, 12), range(0, 6)] as const;

/** The package `cron` reads the fields; this file searches, since its own search takes a step for each day and each hour. */
const readField = (field: string, index: number): readonly number[] => {
  const fields = Array.from({ length: FIELD_COUNT }, (_, i) => (i === index ? field : '*'));
  // It begins with the second.
  const values = new CronTime(fields.join(' '), 'UTC').toJSON()[index + 1] ?? '*';
  return values === '*' ? (ALL[index] ?? []) : values.split(',').map(Number);
};

/** The times that five cron fields name, in a calendar without time zones. */
export class CronCalendar {
  /** Milliseconds from the beginning of a day, ascending. */
  readonly #times: readonly number[];
  readonly #months: Values;
  readonly #isDay: (day: number, weekday: number) => boolean;

  private constructor(times: readonly number[], months: Values, isDay: (day: number, weekday: number) => boolean) {
    this.#times = times;
    this.#months = months;
    this.#isDay = isDay;
  }

  /** Whether `cron` understands one of the five fields. */
  static isField(field: string, index: number): boolean {
    const fields = Array.from({ length: FIELD_COUNT }, (_, i) => (i === index ? field : '*'));
    return CronTime.validateCronExpression(fields.join(' ')).valid;
  }

  /** @param fields five, each of which isField @returns undefined when there is no such day */
  static of(fields: readonly string[]): CronCalendar | undefined {
    const [, , dayText = '', , weekdayText = ''] = fields;
    const [minutes = [], hours = [], days, months, weekdays] = fields.map(readField);
    const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);
    const times = sorted(hours).flatMap((hour) => sorted(minutes).map((minute) => hour * HOUR + minute * MINUTE));
    const isDay = dayRule(dayText, weekdayText, new Set(days), new Set(weekdays));
    const calendar = new CronCalendar(times, new Set(months), isDay);
    return calendar.#dayFrom(0) === undefined ? undefined : calendar;
  }

  /** The next time strictly after another, milliseconds. */
  next(after: number): number {
    const from = (Math.floor(after / MINUTE) + 1) * MINUTE;
    const today = Math.floor(from / DAY) * DAY;
    const time = this.#times.find((one) => today + one >= from);
    if (time !== undefined && this.#dayFrom(today) === today) return today + time;
    // There is one: `of` has found it.
    return (this.#dayFrom(today + DAY) ?? Number.NaN) + (this.#times[0] ?? 0);
  }

  /** The first day that the fields name, not before another. */
  #dayFrom(from: number): number | undefined {
    const date = new Date(from);
    const [year, first] = [date.getUTCFullYear(), date.getUTCMonth()];
    for (let month = first; month <= first + CALENDAR_MONTHS; month += 1) {
      if (!this.#months.has((month % 12) + 1)) continue;
      const [begin, end] = [Date.UTC(year, month), Date.UTC(year, month + 1)];
      for (let day = Math.max(begin, from); day < end; day += DAY) {
        if (this.#isDay((day - begin) / DAY + 1, weekdayOf(day))) return day;
      }
    }
    return undefined;
  }
}

const weekdayOf = (day: number): number => (((day / DAY + FIRST_WEEKDAY) % 7) + 7) % 7;

/**
 * As cron has it, by the text: a day must match one of the two day fields, but both when one of them begins with a star. For
 * the package `cron`, 1-31 is a star too, and a star with a step is none.
 */
const dayRule = (
  dayText: string,
  weekdayText: string,
  days: Values,
  weekdays: Values,
): ((day: number, weekday: number) => boolean) =>
  dayText.startsWith('*') || weekdayText.startsWith('*')
    ? (day, weekday) => days.has(day) && weekdays.has(weekday)
    : (day, weekday) => days.has(day) || weekdays.has(weekday);
