/** Far more than anything takes: a machine that is busy with other things must not fail a test. */
const BOUND_MS = 60_000;
const SHORTEST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;

/**
 * Polls until `condition` gives something that is not undefined or false. What takes long, or is asked at length, is asked
 * less often: polling must not keep the cores from what it waits for.
 * @throws when that does not happen within `ms`
 */
export const until = async <T>(
  what: string,
  condition: () => Promise<T> | T,
  ms = BOUND_MS,
): Promise<NonNullable<T>> => {
  const started = performance.now();
  for (;;) {
    const asked = performance.now();
    const result = await condition();
    if (result !== undefined && result !== null && result !== false) return result as NonNullable<T>;
    const now = performance.now();
    if (now - started > ms) throw new Error(`not within ${ms} ms: ${what}`);
    const pause = Math.max((now - started) / 10, now - asked);
    await new Promise((resolve) => setTimeout(resolve, Math.min(Math.max(pause, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS)));
  }
};
