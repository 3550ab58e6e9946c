import type { ImageScan } from '../../../api/imagescan.ts';
import { dueRun } from './due-run.ts';
import { jitterOf } from './jitter.ts';
import { type InvalidSchedule, parseSchedule } from './schedule.ts';

/** Where an ImageScan stands in its schedule; empty without one. Times are milliseconds since 1970. */
export interface Plan {
  /** The last run that is to be made or was made, never later than now. */
  readonly planned?: number;
  /** When the next one is made. */
  readonly next?: number;
  /** Why there is no schedule. */
  readonly error?: string;
}

const isInvalid = (schedule: object): schedule is InvalidSchedule => 'error' in schedule;

/**
 * A last run that has not come yet counts as none: the clock was wrong then, or somebody wrote it. Results would be older
 * than it for ever.
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

interface Kept {
  /** All that it was reckoned from but the time. */
  readonly of: string;
  /** When it was reckoned. */
  readonly at: number;
  readonly plan: Plan;
}

/** Plans of ImageScans, kept until the next run is made or the schedule is another: to reckon one takes milliseconds. */
export class Plans {
  /** By UID. */
  readonly #kept = new Map<string, Kept>();

  /** As planOf. */
  of(scan: ImageScan, now: number): Plan {
    const { metadata, spec, status } = scan;
    const of = JSON.stringify([spec.schedule, spec.timeZone, metadata.creationTimestamp, status?.lastScheduleTime]);
    const kept = this.#kept.get(metadata.uid);
    const holds = kept?.of === of && kept.at <= now && now < (kept.plan.next ?? Number.POSITIVE_INFINITY);
    const { plan } = holds ? kept : { plan: planOf(scan, now) };
    if (!holds) this.#kept.set(metadata.uid, { of, at: now, plan });
    return plan;
  }

  forget({ metadata }: ImageScan): void {
    this.#kept.delete(metadata.uid);
  }
}
