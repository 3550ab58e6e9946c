import type { Worker } from 'node:worker_threads';
import { startThread } from '../../../threads/start-thread.ts';
import type { WatchdogAnswer, WatchdogRequest } from '../../threads/watchdog-thread.ts';
import { killGroup } from './lifeline.ts';
import type { ExceededUse, Watched } from './watch.ts';

/** A limit that a process exceeded. */
export type ExceededLimit = 'time' | ExceededUse;

interface Pending {
  readonly settle: (answer: Promise<ExceededUse | undefined>) => void;
}

/**
 * Kills processes that exceed their memory or disk, from a thread of its own: work that blocks this thread delays no
 * measurement. The thread starts with the first process and stays.
 */
export class Watchdog {
  readonly #pending = new Map<number, Pending>();
  readonly #startThread: typeof startThread;
  #thread: Worker | undefined;

  constructor(start = startThread) {
    this.#startThread = start;
  }

  /**
   * Watches a process. @returns a function to call when it has ended: it resolves to the limit for which it was killed, and
   * rejects when the thread has failed, which ends the process too
   */
  watch(watched: Watched): () => Promise<ExceededUse | undefined> {
    const { pid } = watched;
    const { promise, resolve } = Promise.withResolvers<ExceededUse | undefined>();
    // A failure of the thread is reported by the function that is returned.
    promise.catch(() => {});
    this.#pending.set(pid, { settle: resolve });
    this.#send({ watch: watched });
    return () => {
      if (this.#pending.has(pid)) this.#send({ end: pid });
      return promise;
    };
  }

  #send(request: WatchdogRequest): void {
    this.#thread ??= this.#start();
    this.#thread.ref();
    this.#thread.postMessage(request);
  }

  #start(): Worker {
    const thread = this.#startThread('scan/threads/watchdog-thread', {
      name: 'palisade-watchdog',
      resourceLimits: LIMITS,
    });
    thread.on('message', ({ pid, exceeded }: WatchdogAnswer) => this.#settle(pid, Promise.resolve(exceeded)));
    thread.once('error', (cause) => this.#fail(thread, cause));
    thread.once('exit', (status) => this.#fail(thread, new Error(`it ended with exit status ${status}`)));
    return thread;
  }

  #settle(pid: number, answer: Promise<ExceededUse | undefined>): void {
    this.#pending.get(pid)?.settle(answer);
    this.#pending.delete(pid);
    // A process that has nothing else to do ends.
    if (this.#pending.size === 0) this.#thread?.unref();
  }

  /** Nothing runs without its limits. */
  #fail(thread: Worker, cause: Error): void {
    if (thread !== this.#thread) return;
    this.#thread = undefined;
    for (const pid of [...this.#pending.keys()]) {
      killGroup(pid);
      this.#settle(
        pid,
        Promise.reject(new Error(`the thread that measures it has failed: ${cause.message}`, { cause })),
      );
    }
  }
}

/** MiB: it keeps a few numbers. */
const LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 };
