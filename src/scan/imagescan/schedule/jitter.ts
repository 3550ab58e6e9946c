import { createHash } from 'node:crypto';
import { nextRun } from './next-run.ts';
import type { Schedule } from './schedule.ts';

const LONGEST_MS = 10 * 60_000;
const SHARE = 0.1;

/** The place of an ImageScan among those of the same schedule: the same number for the same UID, from 0 to below 1. */
export const jitterOf = (uid: string): number => createHash('sha256').update(uid).digest().readUInt32BE() / 2 ** 32;

/**
 * The time at which a run of the schedule is made: delayed by the jitter's part of 10 minutes, or of a tenth of the time
 * to the next run where that is shorter. So a run is never early, and is made before the next one is due. To the second,
 * as the status shows it.
 */
export const plannedTime = (schedule: Schedule, run: Date, jitter: number): Date => {
  const window = Math.min(LONGEST_MS, SHARE * (nextRun(schedule, run).getTime() - run.getTime()));
  return new Date(run.getTime() + Math.floor((jitter * window) / 1000) * 1000);
};
