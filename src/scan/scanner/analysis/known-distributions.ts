import type { Clock } from '../../../kube/clock.ts';

/** A server may have another database by then, and not have said so yet. */
const KEPT_MS = 600_000;
/** More than there are distributions: names come from images. */
const MOST = 1_000;

/** The distributions that a Trivy server has advisories for: it is asked once for many images, and again after a while. */
export class KnownDistributions {
  readonly #clock: Clock;
  /** Until when an answer counts, by distribution and database. */
  readonly #known = new Map<string, number>();

  /** @param clock is never set */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param key of the distribution and of the database @param ask the server @throws what `ask` throws */
  async has(key: string, ask: () => Promise<boolean>): Promise<boolean> {
    const now = this.#clock.now();
    for (const [known, until] of this.#known) if (until <= now) this.#known.delete(known);
    if (this.#known.has(key)) return true;
    const isKnown = await ask();
    // "No" counts once: packages of another image may tell that there are advisories.
    if (isKnown && this.#known.size < MOST) this.#known.set(key, now + KEPT_MS);
    return isKnown;
  }
}
