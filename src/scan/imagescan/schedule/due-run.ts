import { plannedTime } from './jitter.ts';
import { lastRunWithin, nextRun } from './next-run.ts';
import type { Schedule } from './schedule.ts';

interface ScheduleProgress {
  readonly schedule: Schedule;
  /**
   * All runs up to this time are done: the last run that was made, as `due` named it; before the first one the creation,
   * or a later scan. A time in the future counts as now: the clock was wrong then or is wrong now.
   */
  readonly since: Date;
  readonly now: Date;
  /** See jitterOf. */
  readonly jitter: number;
}

interface DueRun {
  /** The run of the schedule to make now, for all that were missed since the last one: what goes into lastScheduleTime. */
  readonly due?: Date;
  /** When the run after that will be made, with its jitter: what goes into nextScanTime. */
  readonly next: Date;
}

/**
 * Whether a run of the schedule is due. The runs between the last one that was made and now count as one, the latest; it
 * is due as soon as the planned time of the first of them has passed. A changed schedule applies since the last run.
 */
export const dueRun = ({ schedule, since, now, jitter }: ScheduleProgress): DueRun => {
  const done = since < now ? since : now;
  const first = nextRun(schedule, done);
  const planned = plannedTime(schedule, first, jitter);
  if (planned > now) return { next: planned };
  const due = lastRunWithin(schedule, done, now) ?? first;
  return { due, next: plannedTime(schedule, nextRun(schedule, due), jitter) };
};
