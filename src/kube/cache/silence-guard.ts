import type { Clock } from '../clock.ts';

/** Ends a watch that says nothing for `ms`, which is how a connection looks whose other end is gone. */
export class SilenceGuard {
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #parent: AbortSignal;
  #cancel: () => void = () => undefined;
  /** True when silence ended it, not the parent. */
  cut = false;

  constructor(clock: Clock, ms: number, parent: AbortSignal) {
    this.#clock = clock;
    this.#ms = ms;
    this.#parent = parent;
    if (parent.aborted) this.#end();
    parent.addEventListener('abort', this.#end, { once: true });
    this.heard();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  heard(): void {
    this.#cancel();
    this.#cancel = this.#clock.after(this.#ms, () => {
      this.cut = true;
      this.#controller.abort();
    });
  }

  done(): void {
    this.#cancel();
    this.#parent.removeEventListener('abort', this.#end);
  }

  #end = (): void => this.#controller.abort(this.#parent.reason);
}
