import { createHash } from 'node:crypto';
import { nextRun } from './next-run.ts';
import type { Schedule } from './schedule.ts';

const LONGEST_MS = 10 * 60_000;
const SHARE = 0.1;

/** Where an ImageScan stands among those of the same schedule: always the same number for the same UID, from 0 to below 1. */
export const jitterOf = (uid: string): number => createHash('sha256').update(uid).digest().readUInt32BE() / 2 ** 32;

/**
 * When a run of the schedule is made: later by the jitter's part of 10 minutes, or of a tenth of the time to the run after
 * it where that is shorter. So it comes before the next run is due, and never early. To the second, as the status shows it.
 */
export const plannedTime = (schedule: Schedule, run: Date, jitter: number): Date => {
  const window = Math.min(LONGEST_MS, SHARE * (nextRun(schedule, run).getTime() - run.getTime()));
  return new Date(run.getTime() + Math.floor((jitter * window) / 1000) * 1000);
};
