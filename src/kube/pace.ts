import type { Clock } from './clock.ts';

export interface PaceOptions {
  /** Runs of one key at once, after a pause. */
  readonly burst: number;
  readonly perSecond: number;
}

/** Bounds how often each key runs, by the generic cell rate algorithm. */
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
    const wait = this.waitMs(key);
    if (wait === 0) this.count(key);
    return wait;
  }

  /** How long the key must wait before its next run, milliseconds; 0: it may run now. */
  waitMs(key: string): number {
    const now = this.#clock.now();
    const wait = this.#wholeAfter(key, now) - now - this.#burst * this.#intervalMs;
    // Less than a millisecond is an error of rounding.
    return wait >= 1 ? wait : 0;
  }

  /** Counts a run. */
  count(key: string): void {
    const now = this.#clock.now();
    const wholeAt = this.#wholeAfter(key, now);
    this.#wholeAt.delete(key);
    this.#wholeAt.set(key, wholeAt);
    this.#forget(now);
  }

  #wholeAfter(key: string, now: number): number {
    return Math.max(now, this.#wholeAt.get(key) ?? now) + this.#intervalMs;
  }

  /** Of keys that did not run for long nothing is kept. */
  #forget(now: number): void {
    for (const [key, wholeAt] of this.#wholeAt) {
      if (wholeAt > now) return;
      this.#wholeAt.delete(key);
    }
  }
}
