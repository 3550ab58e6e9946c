import type { Clock } from '../clock.ts';

/** Ends a watch that receives nothing for `ms`, as when the other end of the connection is gone. */
export class IdleTimeout {
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #parent: AbortSignal;
  #cancel: () => void = () => undefined;
  /** True after the timeout, false after an abort of the parent. */
  expired = false;

  constructor(clock: Clock, ms: number, parent: AbortSignal) {
    this.#clock = clock;
    this.#ms = ms;
    this.#parent = parent;
    if (parent.aborted) this.#end();
    parent.addEventListener('abort', this.#end, { once: true });
    this.reset();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  reset(): void {
    this.#cancel();
    this.#cancel = this.#clock.after(this.#ms, () => {
      this.expired = true;
      this.#controller.abort();
    });
  }

  clear(): void {
    this.#cancel();
    this.#parent.removeEventListener('abort', this.#end);
  }

  #end = (): void => this.#controller.abort(this.#parent.reason);
}
