import type { Clock } from '../clock.ts';

export interface PaceOptions {
  /** Runs of one key at once, after a pause. */
  readonly burst: number;
  readonly perSecond: number;
}

/** Bounds how often each key runs (generic cell rate algorithm): a client that changes one object all the time occupies no worker. */
export class Pace {
  /** By key, when its burst is whole again, by the clock; in order of the last run. */
  readonly #wholeAt = new Map<string, number>();
  readonly #clock: Pick<Clock, 'now'>;
  readonly #intervalMs: number;
  readonly #burst: number;

  constructor({ burst, perSecond }: PaceOptions, clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    this.#intervalMs = 1000 / perSecond;
    this.#burst = burst;
  }

  /** Counts a run, if the key may run now. @returns how long it must wait, milliseconds; 0: it was counted */
  take(key: string): number {
    const now = this.#clock.now();
    const wholeAt = Math.max(now, this.#wholeAt.get(key) ?? now) + this.#intervalMs;
    const wait = wholeAt - now - this.#burst * this.#intervalMs;
    // Less than a millisecond is an error of rounding.
    if (wait >= 1) return wait;
    this.#wholeAt.delete(key);
    this.#wholeAt.set(key, wholeAt);
    this.#forget(now);
    return 0;
  }

  /** Of keys that did not run for long nothing is kept. */
  #forget(now: number): void {
    for (const [key, wholeAt] of this.#wholeAt) {
      if (wholeAt > now) return;
      this.#wholeAt.delete(key);
    }
  }
}
