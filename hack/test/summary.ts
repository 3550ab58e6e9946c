import type { Measurement } from './measurements.ts';

export interface Ran extends Measurement {
  readonly path: string;
}

const SLOWEST = 10;

/** How long the run took, and the slowest of its files. */
export function summaryOf(ran: readonly Ran[], totalMs: number): string[] {
  if (ran.length === 0) return [];
  const slowest = ran.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST);
  const cpu = ran.reduce((sum, { cpuMs = 0 }) => sum + cpuMs, 0);
  const files = ran.length === 1 ? '1 file' : `${ran.length} files`;
  return [
    `${files} in ${minutes(totalMs)}, with ${minutes(cpu)} of CPU time in test processes; the slowest:`,
    ...slowest.map(
      ({ path, ms, cpuMs }) =>
        `  ${seconds(ms).padStart(7)}  ${path}${cpuMs === undefined ? '' : `  (CPU ${seconds(cpuMs)})`}`,
    ),
  ];
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function minutes(ms: number): string {
  const whole = Math.round(ms / 1000);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
