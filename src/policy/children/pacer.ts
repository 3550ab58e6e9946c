const WINDOW_MS = 60_000;

/** Repairs of one object within a minute, after which the next has to wait. People never get there. */
export const MAX_REPAIRS = 20;

/** Counts repairs by object, so that a second writer is not fought at the speed of the network. */
export class RepairPacer {
  readonly #now: () => number;
  readonly #repairs = new Map<string, number[]>();

  /** @param now milliseconds */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Milliseconds until the object may be repaired; 0: now. */
  delay(object: string): number {
    const repairs = this.#recent(object);
    return repairs.length < MAX_REPAIRS ? 0 : (repairs[0] ?? 0) + WINDOW_MS - this.#now();
  }

  repaired(object: string): void {
    for (const key of [...this.#repairs.keys()]) if (this.#recent(key).length === 0) this.#repairs.delete(key);
    this.#repairs.set(object, [...this.#recent(object), this.#now()]);
  }

  #recent(object: string): number[] {
    return (this.#repairs.get(object) ?? []).filter((at) => at > this.#now() - WINDOW_MS);
  }
}
