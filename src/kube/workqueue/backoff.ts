export interface Backoff {
  baseMs: number;
  maxMs: number;
}

/**
 * The wait after the given number of failures in a row (1 or more): doubled each time up to `maxMs`. Its second half is
 * random, so that clients that fail together do not retry together.
 */
export function backoffMs(failures: number, { baseMs, maxMs }: Backoff, random: () => number): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 50));
  return full * (0.5 + random() / 2);
}
