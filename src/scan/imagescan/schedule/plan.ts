import type { ImageScan } from '../../../api/imagescan.ts';
import { dueRun } from './due-run.ts';
import { jitterOf } from './jitter.ts';
import { type InvalidSchedule, parseSchedule } from './schedule.ts';

/** The last and the next run of an ImageScan's schedule; empty without one. Times are milliseconds since 1970. */
export interface Plan {
  /** The last run that is due or was made, never later than now. */
  readonly planned?: number;
  /** When the next one is made. */
  readonly next?: number;
  /** Why there is no schedule. */
  readonly error?: string;
}

const isInvalid = (schedule: object): schedule is InvalidSchedule => 'error' in schedule;

/**
 * A last run in the future counts as none, since every result would be older: the clock was wrong, or another client wrote
 * it.
 * @param now milliseconds since 1970
 */
export const planOf = ({ metadata, spec, status }: ImageScan, now: number): Plan => {
  if (spec.schedule === undefined) return {};
  const schedule = parseSchedule(spec.schedule, spec.timeZone);
  if (isInvalid(schedule)) return { error: schedule.error };
  const written = Date.parse(status?.lastScheduleTime ?? '');
  const last = written <= now ? new Date(written) : undefined;
  const since = last ?? new Date(metadata.creationTimestamp ?? now);
  const { due, next } = dueRun({ schedule, since, now: new Date(now), jitter: jitterOf(metadata.uid) });
  const planned = due ?? last;
  return { next: next.getTime(), ...(planned !== undefined && { planned: planned.getTime() }) };
};

interface Cached {
  /** Everything but the time that the plan depends on. */
  readonly inputs: string;
  /** When it was computed. */
  readonly at: number;
  readonly plan: Plan;
}

/** The plan of one ImageScan, kept until the next run is due or the schedule changes: computing one takes milliseconds. */
export class PlanCache {
  #cached: Cached | undefined;

  /** As planOf. */
  of(scan: ImageScan, now: number): Plan {
    const { metadata, spec, status } = scan;
    const inputs = JSON.stringify([spec.schedule, spec.timeZone, metadata.creationTimestamp, status?.lastScheduleTime]);
    const cached = this.#cached;
    const isValid =
      cached?.inputs === inputs && cached.at <= now && now < (cached.plan.next ?? Number.POSITIVE_INFINITY);
    if (isValid) return cached.plan;
    const plan = planOf(scan, now);
    this.#cached = { inputs, at: now, plan };
    return plan;
  }
}
