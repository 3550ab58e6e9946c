import type { CronTime } from 'cron';
import { instantOf, localTime } from './local-time.ts';
import type { Schedule } from './schedule.ts';

const MINUTE = 60_000;

/** The calendar repeats after 400 years, its weekdays too. */
const CALENDAR_MS = 146_097 * 24 * 60 * MINUTE;

/**
 * The next local time that `cron` names, strictly after another; milliseconds of a calendar without zones. It reckons such
 * a calendar well; what it makes of zones is wrong: in a repeated hour it can return the past. It looks no further than 8
 * years after the machine's clock, so it is asked about the same days 400 years ago.
 */
const nextOf = (cron: CronTime, after: number): number => {
  // From the last second of a minute `cron` has one second to try, not sixty.
  const from = Math.floor(after / MINUTE) * MINUTE + 59_000;
  return cron.getNextDateFrom(new Date(from - CALENDAR_MS), 'UTC').toMillis() + CALENDAR_MS;
};

/** The first time strictly after another that all of them name: there is one. */
const nextOfAll = (crons: readonly CronTime[], after: number): number => {
  for (let from = after; ; ) {
    const times = crons.map((cron) => nextOf(cron, from));
    const latest = Math.max(...times);
    if (times.every((time) => time === latest)) return latest;
    from = latest - MINUTE;
  }
};

/** The next local time that the fields name, strictly after another. */
const nextLocal = ({ days }: Schedule, after: number): number => {
  if (days.kind === 'One') return nextOf(days.cron, after);
  if (days.kind === 'All') return nextOfAll(days.crons, after);
  return Math.min(...days.crons.map((cron) => nextOf(cron, after)));
};

/**
 * The first run strictly after a time. Each local time that the fields name is one run:
 * - one that a change of the clocks skips runs at the change, once for all that were skipped;
 * - one that a change repeats runs the first time only.
 */
export const nextRun = (schedule: Schedule, after: Date): Date => {
  const { zone } = schedule;
  let local = localTime(zone, after.getTime());
  for (;;) {
    local = nextLocal(schedule, local);
    const run = instantOf(zone, local);
    if (run > after.getTime()) return new Date(run);
  }
};

/** The last run after one time, up to and including another; undefined when there is none. */
export const lastRunWithin = (schedule: Schedule, after: Date, until: Date): Date | undefined => {
  let last: Date | undefined;
  let end = until.getTime();
  for (let run = nextRun(schedule, after); run <= until; run = nextRun(schedule, last)) {
    last = run;
    // Halves the time that is left, so that a year of missed minutes costs no more than some missed days.
    const middle = new Date(Math.floor((run.getTime() + end) / 2));
    const later = nextRun(schedule, middle);
    if (later <= until) last = later;
    else end = middle.getTime();
  }
  return last;
};
