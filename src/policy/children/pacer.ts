import { type Clock, monotonicClock } from '../../kube/clock.ts';

/** Repairs of one object in a row, after which the next one must wait. People never reach it. */
export const MAX_WRITES = 20;

/** Each minute without a write adds a token. */
export const REFILL_MS = 60_000;

interface Bucket {
  readonly left: number;
  readonly at: number;
}

/** A token bucket for each object, so that Palisade does not fight a second writer at the speed of the network. */
export class WritePacer {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #buckets = new Map<string, Bucket>();

  /** @param clock must not be set back */
  constructor(clock: Pick<Clock, 'now'> = monotonicClock) {
    this.#clock = clock;
  }

  /** Milliseconds until the object may be written; 0: now. */
  delay(object: string): number {
    const left = this.#left(object);
    return left >= 1 ? 0 : Math.ceil((1 - left) * REFILL_MS);
  }

  written(object: string): void {
    const left = this.#left(object) - 1;
    this.#buckets.delete(object);
    // The oldest come first; one that is not full yet keeps the others for minutes at most.
    for (const key of this.#buckets.keys()) {
      if (this.#left(key) < MAX_WRITES) break;
      this.#buckets.delete(key);
    }
    this.#set(object, left);
  }

  /** The next write waits a minute, since the last one had no effect. */
  exhaust(object: string): void {
    this.#set(object, 0);
  }

  #set(object: string, left: number): void {
    this.#buckets.set(object, { left, at: this.#clock.now() });
  }

  #left(object: string): number {
    const { left, at } = this.#buckets.get(object) ?? { left: MAX_WRITES, at: 0 };
    return Math.min(MAX_WRITES, left + (this.#clock.now() - at) / REFILL_MS);
  }
}
