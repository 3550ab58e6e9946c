import { killGroup } from './lifeline.ts';
import { diskUse, memoryUse } from './use.ts';

/** What a process may use. */
export interface Watched {
  readonly pid: number;
  /** Its content counts as used disk. */
  readonly directory: string;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** Interval of the measurements, milliseconds. */
  readonly pollMs: number;
}

export type ExceededUse = 'memory' | 'disk';

/** From this share of its memory on, a process is measured more often: it may allocate gigabytes within a second. */
const NEAR = 0.5;
const NEAR_MS = 10;

/** Measures one process, and kills it and its children when it exceeds a limit. */
export class Watch {
  readonly #watched: Watched;
  #memoryTimer: NodeJS.Timeout;
  #diskTimer: NodeJS.Timeout;
  #isStopped = false;
  #exceeded: ExceededUse | undefined;

  constructor(watched: Watched) {
    this.#watched = watched;
    const first = Math.min(watched.pollMs, NEAR_MS);
    this.#memoryTimer = setTimeout(() => this.#measureMemory(), first);
    this.#diskTimer = setTimeout(() => this.#measureDisk(), watched.pollMs);
  }

  /** Ends the watch. @returns the limit that was exceeded: the process was killed for that */
  stop(): ExceededUse | undefined {
    this.#isStopped = true;
    clearTimeout(this.#memoryTimer);
    clearTimeout(this.#diskTimer);
    return this.#exceeded;
  }

  #kill(exceeded: ExceededUse): void {
    this.stop();
    this.#exceeded = exceeded;
    killGroup(this.#watched.pid);
  }

  #measureMemory(): void {
    const { pid, memoryBytes, pollMs } = this.#watched;
    const bytes = memoryUse(pid);
    if (bytes > memoryBytes) {
      this.#kill('memory');
      return;
    }
    const pause = bytes > NEAR * memoryBytes ? Math.min(pollMs, NEAR_MS) : pollMs;
    this.#memoryTimer = setTimeout(() => this.#measureMemory(), pause);
  }

  async #measureDisk(): Promise<void> {
    const { directory, diskBytes, pollMs } = this.#watched;
    const from = performance.now();
    const bytes = await diskUse(directory, diskBytes);
    if (this.#isStopped) return;
    if (bytes > diskBytes) {
      this.#kill('disk');
      return;
    }
    // Measuring a directory of very many files must not take all of the time.
    const pause = Math.max(pollMs, 4 * (performance.now() - from));
    this.#diskTimer = setTimeout(() => this.#measureDisk(), pause);
  }
}
