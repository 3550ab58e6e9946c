/** Far longer than any wait needs, so that a busy machine fails neither the demo nor a test. */
export const BOUND_MS = 120_000;
const SHORTEST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;

/**
 * Polls until `condition` returns neither undefined, null nor false. The pause grows with the wait and with the time that
 * one poll takes, so that polling does not slow the work that it waits for.
 * @throws Error that names `what`, after `ms`
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
    if (now - started > ms) throw new Error(`not within ${ms / 1000} s: ${what}`);
    const pause = Math.max((now - started) / 10, now - asked);
    await new Promise((resolve) => setTimeout(resolve, Math.min(Math.max(pause, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS)));
  }
};
