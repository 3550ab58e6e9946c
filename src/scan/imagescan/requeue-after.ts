/** No timer notices that the clock was set or that the machine slept: the clock is checked at least this often. */
const CLOCK_RECHECK_MS = 3_600_000;

/**
 * How long until the next reconcile of an ImageScan, milliseconds; undefined: nothing needs one.
 * @param moments when something is due or changes, milliseconds since 1970; undefined: never
 * @param waits milliseconds
 * @param now milliseconds since 1970
 */
export const requeueAfter = (
  moments: readonly (number | undefined)[],
  waits: readonly number[],
  now: number,
): number | undefined => {
  const untilMoments = moments.flatMap((moment) => (moment === undefined ? [] : moment - now));
  const all = [...waits, ...untilMoments.map((ms) => Math.min(ms, CLOCK_RECHECK_MS))];
  return all.length === 0 ? undefined : Math.max(1, Math.min(...all));
};
