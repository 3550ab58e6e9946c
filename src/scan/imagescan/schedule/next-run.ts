import { instantOf, localTime } from './local-time.ts';
import type { Schedule } from './schedule.ts';

/**
 * The first run strictly after a time. Each local time that the fields name is one run:
 * - one that a change of the clocks skips runs at the change, once for all that were skipped;
 * - one that a change repeats runs the first time only.
 */
export const nextRun = (schedule: Schedule, after: Date): Date => {
  const { calendar, zone } = schedule;
  let local = localTime(zone, after.getTime());
  for (;;) {
    local = calendar.next(local);
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
