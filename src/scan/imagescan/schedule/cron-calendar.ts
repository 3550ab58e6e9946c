import { CronTime } from 'cron';

const MINUTE = 60_000;

/** The calendar repeats after 400 years, including the weekdays. */
const CALENDAR_MS = 146_097 * 24 * 60 * MINUTE;

/** From here, a search of 8 years finds a 29 February, whatever the machine's clock shows. */
const SEARCH_FROM = new Date('2024-01-01T00:00:00Z');

/** Minute, hour, day of month, month, day of week. */
const FIELD_COUNT = 5;

/** Whether one of several patterns must match, or all of them. */
type Rule = 'Any' | 'All';

/**
 * The times that five cron fields name, in a calendar without time zones. This is the only place that uses the package
 * `cron`, because of its faults:
 * - its time zones are wrong: in a repeated hour it can return a time in the past. It is only asked in UTC;
 * - it searches at most 8 years from the machine's clock. It is asked about the same days 400 years earlier;
 * - it tries each second of the first minute. It is asked from the last second;
 * - it accepts dates that do not exist, such as 31 February, and throws when it is asked for the next one;
 * - it takes 1-31 for a star, and a star with a step for none, where cron goes by the text: a day must match one of the
 *   two day fields, but both when one of them begins with a star. Each day field has a pattern of its own.
 */
export class CronCalendar {
  readonly #patterns: readonly CronTime[];
  readonly #rule: Rule;

  private constructor(patterns: readonly CronTime[], rule: Rule) {
    this.#patterns = patterns;
    this.#rule = rule;
  }

  /** Whether `cron` understands one of the five fields. */
  static isField(field: string, index: number): boolean {
    const fields = Array.from({ length: FIELD_COUNT }, (_, i) => (i === index ? field : '*'));
    return CronTime.validateCronExpression(fields.join(' ')).valid;
  }

  /** @param fields five, each of which isField @returns undefined when there is no such day */
  static of([minute = '', hour = '', day = '', month = '', weekday = '']: readonly string[]): CronCalendar | undefined {
    const pattern = (...days: readonly [day: string, weekday: string]): CronTime =>
      new CronTime([minute, hour, days[0], month, days[1]].join(' '), 'UTC');
    const isOneField = day === '*' || weekday === '*';
    const all = isOneField ? [pattern(day, weekday)] : [pattern(day, '*'), pattern('*', weekday)];
    const patterns = all.filter(hasDate);
    const rule: Rule = !isOneField && (day.startsWith('*') || weekday.startsWith('*')) ? 'All' : 'Any';
    const isPossible = rule === 'All' ? patterns.length === all.length : patterns.length > 0;
    return isPossible ? new CronCalendar(patterns, rule) : undefined;
  }

  /** The next time strictly after another, milliseconds. */
  next(after: number): number {
    return this.#rule === 'Any'
      ? Math.min(...this.#patterns.map((pattern) => nextOf(pattern, after)))
      : nextOfAll(this.#patterns, after);
  }
}

const hasDate = (pattern: CronTime): boolean => {
  try {
    pattern.getNextDateFrom(SEARCH_FROM, 'UTC');
    return true;
  } catch {
    return false;
  }
};

const nextOf = (pattern: CronTime, after: number): number => {
  const lastSecond = Math.floor(after / MINUTE) * MINUTE + 59_000;
  return pattern.getNextDateFrom(new Date(lastSecond - CALENDAR_MS), 'UTC').toMillis() + CALENDAR_MS;
};

/** The first time strictly after another that all of them name: there is one. */
const nextOfAll = (patterns: readonly CronTime[], after: number): number => {
  for (let from = after; ; ) {
    const times = patterns.map((pattern) => nextOf(pattern, from));
    const latest = Math.max(...times);
    if (times.every((time) => time === latest)) return latest;
    from = latest - MINUTE;
  }
};
