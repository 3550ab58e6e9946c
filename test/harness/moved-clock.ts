import { type Clock, systemClock } from '../../src/kube/clock.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
  cancel: () => void;
}

/** The machine's clock, but for the time that a test lets pass at once. */
export class MovedClock implements Clock {
  #ahead = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return systemClock.now() + this.#ahead;
  }

  after(ms: number, callback: () => void): () => void {
    const timer: Timer = { at: this.now() + ms, callback, cancel: () => {} };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => {
      timer.cancel();
      this.#timers.delete(timer);
    };
  }

  /** What is due by then comes at once. */
  advance(ms: number): void {
    this.#ahead += ms;
    for (const timer of this.#timers) {
      timer.cancel();
      this.#arm(timer);
    }
  }

  /** @param time milliseconds since 1970, later than now */
  advanceTo(time: number): void {
    this.advance(time - this.now());
  }

  #arm(timer: Timer): void {
    timer.cancel = systemClock.after(timer.at - this.now(), () => {
      this.#timers.delete(timer);
      timer.callback();
    });
  }
}
