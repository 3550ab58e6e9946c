/** The time of day may be set, or the machine sleep, and no timer notices: a moment is looked for so often at least. */
const CLOCK_RECHECK_MS = 3_600_000;

/**
 * How long until the next look at an ImageScan, milliseconds; undefined: nothing waits for one.
 * @param moments at which something is to be done or another is true, milliseconds since 1970; undefined: never
 * @param waits milliseconds
 * @param now milliseconds since 1970
 */
export const untilNextLook = (
  moments: readonly (number | undefined)[],
  waits: readonly number[],
  now: number,
): number | undefined => {
  const untilMoments = moments.flatMap((moment) => (moment === undefined ? [] : moment - now));
  const all = [...waits, ...untilMoments.map((ms) => Math.min(ms, CLOCK_RECHECK_MS))];
  return all.length === 0 ? undefined : Math.max(1, Math.min(...all));
};
