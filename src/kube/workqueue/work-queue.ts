import type { Logger } from 'pino';
import { type Clock, monotonicClock, sleep } from '../clock.ts';
import { Pace, type PaceOptions } from '../pace.ts';
import { type Backoff, backoffMs } from './backoff.ts';
import { DelayingQueue } from './delaying-queue.ts';

/** How long running work may continue after a stop: the process then ends within 10 s, and releases its Lease after the work. */
export const DRAIN_MS = 6_000;

/** `requeueAfterMs`: handle the key again after this time, unless it is handled earlier for another reason. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler with nothing to say returns nothing
export type Result = { requeueAfterMs?: number } | void;

interface RetryOptions {
  readonly afterMs?: number | undefined;
  readonly cause?: unknown;
  /** Nothing failed: another client was faster, or a watch is behind. */
  readonly isRoutine?: boolean;
}

/** Handle the key again, with the usual backoff, but not before `afterMs`. Its message has the reason: the log needs no stack. */
export class RetryError extends Error {
  override readonly name = 'RetryError';
  readonly afterMs?: number;
  readonly isRoutine: boolean;

  constructor(message: string, { afterMs, cause, isRoutine = false }: RetryOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    if (afterMs !== undefined) this.afterMs = afterMs;
    this.isRoutine = isRoutine;
  }
}

interface HandlerContext {
  signal: AbortSignal;
  /** Failures in a row before this run, without those of runs before their backoff had passed; 0 at first. */
  attempt: number;
  /** For all lines of this run, the queue's own included. */
  log: Logger;
}

export type Handler = (key: string, context: HandlerContext) => Promise<Result>;

/** Durations are seconds. */
export interface QueueMetrics {
  depth(keys: number): void;
  added(): void;
  retried(): void;
  waited(seconds: number): void;
  worked(seconds: number): void;
  /** `seconds` is read at every scrape: for how long each running key has been handled. */
  handling(seconds: () => readonly number[]): void;
}

export interface WorkQueueOptions {
  /** How many keys are handled at the same time. */
  workers: number;
  handler: Handler;
  log: Logger;
  /** The logger of one run of a key; default `log`. */
  logOf?: (key: string) => Logger;
  /** Of the runs of one key. Absent: as often as it is added. */
  pace?: PaceOptions;
  /** Between the failures of one key. Default 200 ms, doubled up to 5 minutes. */
  backoff?: Partial<Backoff>;
  metrics?: QueueMetrics;
  /** Must not be set back: default monotonicClock. */
  clock?: Clock;
  random?: () => number;
  /** How long `run` waits for running handlers when it ends, milliseconds. Default DRAIN_MS. */
  drainMs?: number;
}

interface Run {
  readonly since: number;
  readonly done: Promise<void>;
}

/**
 * Keys waiting for a handler, first come first served: a key waits at most once, is never handled twice at the same time,
 * and one that is added while it is handled runs once more afterwards. A failing key waits without occupying a worker; a
 * new `add` runs it at once, unless it runs too often. If it then fails again it waits as long as before: only a failure
 * after a whole wait makes the next one longer.
 */
export class WorkQueue {
  /** Key to the time when it was added, in order. */
  readonly #waiting = new Map<string, number>();
  readonly #running = new Map<string, Run>();
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  /** Times set by addAfter. */
  readonly #scheduled: DelayingQueue;
  /** Retries and requeues of a key's last run, which its next run replaces. */
  readonly #requeued: DelayingQueue;
  readonly #options: WorkQueueOptions;
  readonly #pace: Pace | undefined;
  readonly #backoff: Backoff;
  readonly #clock: Clock;
  readonly #random: () => number;
  #signal: AbortSignal | undefined;
  /** By the queue's clock: before that nothing waits for a worker, as there is none. */
  #began = Number.POSITIVE_INFINITY;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#backoff = { baseMs: 200, maxMs: 300_000, ...options.backoff };
    this.#clock = options.clock ?? monotonicClock;
    this.#random = options.random ?? Math.random;
    this.#pace = options.pace && new Pace(options.pace, this.#clock);
    this.#scheduled = new DelayingQueue(this.#clock, (key) => this.add(key));
    this.#requeued = new DelayingQueue(this.#clock, (key) => this.add(key));
    options.metrics?.handling(() => [...this.#running.values()].map(({ since }) => (this.#clock.now() - since) / 1000));
  }

  /** Keys that wait for a worker; those in backoff are not counted. */
  get depth(): number {
    return this.#waiting.size;
  }

  /** Keys that have been handled for longer than `ms`. @param now by the queue's clock */
  handledLongerThan(ms: number, now: number = this.#clock.now()): string[] {
    return [...this.#running].filter(([, { since }]) => now - since > ms).map(([key]) => key);
  }

  add(key: string): void {
    if (this.#signal?.aborted) return;
    if (this.#running.has(key)) {
      if (this.#again.has(key)) return;
      this.#again.add(key);
    } else {
      if (this.#waiting.has(key)) return;
      this.#enqueue(key);
    }
    this.#options.metrics?.added();
    this.#dispatch();
  }

  /** Adds the key later; of several times the earliest counts. */
  addAfter(key: string, ms: number): void {
    if (this.#signal?.aborted) return;
    if (ms <= 0) this.add(key);
    else this.#scheduled.addAfter(key, ms);
  }

  /** Handles keys until the signal ends; then resolves when the running handlers are done, or after `drainMs`. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    this.#began = this.#clock.now();
    this.#reportDepth();
    this.#dispatch();
    await untilAborted(signal);
    this.#scheduled.clear();
    this.#requeued.clear();
    this.#waiting.clear();
    this.#reportDepth();
    this.#again.clear();
    const drained = new AbortController();
    const timeout = sleep(this.#clock, this.#options.drainMs ?? DRAIN_MS, drained.signal);
    await Promise.race([Promise.all([...this.#running.values()].map(({ done }) => done)), timeout]);
    drained.abort();
    if (this.#running.size > 0) this.#options.log.warn({ keys: [...this.#running.keys()] }, 'abandoned running work');
  }

  #enqueue(key: string): void {
    const waitMs = this.#pace?.take(key) ?? 0;
    if (waitMs > 0) {
      this.#scheduled.addAfter(key, waitMs);
      return;
    }
    this.#waiting.set(key, this.#clock.now());
    this.#reportDepth();
  }

  #reportDepth(): void {
    if (this.#signal !== undefined) this.#options.metrics?.depth(this.#waiting.size);
  }

  #dispatch(): void {
    if (this.#signal === undefined || this.#signal.aborted) return;
    for (const [key, since] of this.#waiting) {
      if (this.#running.size >= this.#options.workers) return;
      this.#waiting.delete(key);
      this.#reportDepth();
      this.#options.metrics?.waited((this.#clock.now() - Math.max(since, this.#began)) / 1000);
      this.#running.set(key, { since: this.#clock.now(), done: this.#work(key, this.#signal) });
    }
  }

  async #work(key: string, signal: AbortSignal): Promise<void> {
    const started = this.#clock.now();
    const log = this.#options.logOf?.(key) ?? this.#options.log;
    const early = this.#requeued.delete(key);
    try {
      // Not in the same turn as `add`: a handler never runs inside the caller's event handler.
      await Promise.resolve();
      const result = await this.#options.handler(key, { signal, attempt: this.#failures.get(key) ?? 0, log });
      this.#failures.delete(key);
      if (result?.requeueAfterMs !== undefined && !signal.aborted) this.#requeue(key, result.requeueAfterMs);
    } catch (error) {
      if (!signal.aborted) this.#fail(key, error, { early, log });
    } finally {
      this.#options.metrics?.worked((this.#clock.now() - started) / 1000);
      this.#running.delete(key);
      if (this.#again.delete(key)) this.#enqueue(key);
      this.#dispatch();
    }
  }

  #requeue(key: string, ms: number): void {
    if (ms <= 0) this.#again.add(key);
    else this.#requeued.addAfter(key, ms);
  }

  #fail(key: string, error: unknown, { early, log }: { early: boolean; log: Logger }): void {
    const before = this.#failures.get(key) ?? 0;
    const failures = early ? Math.max(before, 1) : before + 1;
    this.#failures.set(key, failures);
    const ms = this.#delayAfter(error, failures);
    this.#requeue(key, ms);
    this.#options.metrics?.retried();
    // The only line about this failure: a handler that throws does not log what it throws.
    const facts = { ...(this.#options.logOf === undefined && { key }), failures, retryInMs: Math.round(ms) };
    if (!(error instanceof RetryError)) log.error({ ...facts, err: error }, 'failed, will retry');
    else log[error.isRoutine ? 'debug' : 'warn'](facts, `will retry: ${error.message}`);
  }

  #delayAfter(error: unknown, failures: number): number {
    const backoff = backoffMs(failures, this.#backoff, this.#random);
    const { retryAfterSeconds } = (error ?? {}) as { retryAfterSeconds?: unknown };
    const seconds = typeof retryAfterSeconds === 'number' ? retryAfterSeconds : 0;
    const asked = error instanceof RetryError ? (error.afterMs ?? 0) : seconds * 1000;
    // A shorter Retry-After does not shorten the backoff, and a longer one has a bound.
    return Math.max(backoff, Math.min(asked, this.#backoff.maxMs));
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
