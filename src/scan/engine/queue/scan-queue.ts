import { type Clock, sleep } from '../../../kube/clock.ts';
import { DelayingQueue } from '../../../kube/workqueue/delaying-queue.ts';
import { ScanError } from '../../scan-error.ts';
import { logFields } from '../scan-target.ts';
import { pauseAfter, registryPause } from './backoff-by-reason.ts';
import { FairShare } from './fair-share.ts';
import { PriorityQueue } from './priority-queue.ts';
import { failureAfter, isAnswered, payersOf, type QueueItem, rankedBy, type ScanRun } from './queue-item.ts';
import { RegistryPauses } from './registry-pauses.ts';
import type { ScanQueueOptions } from './scan-queue-options.ts';
import {
  addRequest,
  isNewer,
  type MergedRequest,
  mergeRequests,
  PRIORITIES,
  type ScanRequest,
} from './scan-request.ts';
import type { FinishedScan, ScanCounts, ScanState } from './scan-state.ts';
import { nextPhase, type Phase, type QueueEvent } from './transitions.ts';

/**
 * Keys of images waiting to be scanned, the most urgent first, with namespaces in fair turns; never more running than the
 * limit, and never one key twice at once. A key is forgotten when its scan succeeds; one that fails is kept, and tried
 * again as its reason says, until `remove`. The phases of a key are in transitions.ts.
 */
export class ScanQueue {
  readonly #options: ScanQueueOptions;
  readonly #clock: Clock;
  readonly #items = new Map<string, QueueItem>();
  readonly #share = new FairShare();
  readonly #line: PriorityQueue;
  readonly #backoffs: DelayingQueue;
  readonly #pauses: RegistryPauses;
  readonly #running = new Map<ScanRun, Promise<void>>();
  readonly #logged = new WeakSet<ScanError>();
  readonly #listeners = new Set<(scan: FinishedScan) => void>();
  #signal: AbortSignal | undefined;

  constructor(options: ScanQueueOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#line = new PriorityQueue((key) => this.#rank(key));
    this.#backoffs = new DelayingQueue(options.clock, (key) => this.#apply([key], { kind: 'WaitEnded' }));
    this.#pauses = new RegistryPauses(options.clock, (keys) => this.#apply(keys, { kind: 'WaitEnded' }));
  }

  /**
   * Requests a scan. A key that waits keeps the better priority. A key whose scan failed waits on as the reason says, unless
   * this request ends that (see endsPause). For a key whose scan runs, see ScanRequest.
   */
  add(key: string, request: ScanRequest): void {
    if (this.#signal?.aborted) return;
    const item = this.#items.get(key);
    if (item === undefined) {
      const added: QueueItem = { phase: 'Waiting', since: this.#clock.now(), request: addRequest(undefined, request) };
      this.#items.set(key, added);
      this.#enter(key, added);
    } else if (item.run === undefined) {
      item.request = addRequest(item.request, request);
      this.#move(key, item, { kind: 'Requested', priority: request.priority });
    } else if (item.run.removed || isNewer(request, item.run.request)) {
      item.request = addRequest(item.request, request);
    } else {
      item.run.by.add(request.by);
    }
    this.#dispatch();
  }

  /** No ImageScan needs the key any more: its scan is canceled, and its failures are forgotten. */
  remove(key: string): void {
    const item = this.#items.get(key);
    if (item === undefined) return;
    if (item.run !== undefined) {
      item.request = undefined;
      item.run.removed = true;
      item.run.stop.abort();
    }
    this.#move(key, item, { kind: 'Removed' });
  }

  /** A possible cause of a failure changed, such as the credentials of the key: a failed scan is retried. */
  changed(key: string): void {
    const run = this.#items.get(key)?.run;
    if (run !== undefined) run.changed = true;
    this.#apply([key], { kind: 'Changed' });
  }

  /** There is a vulnerability database: scans that failed without one are retried. */
  databaseArrived(): void {
    for (const { run } of this.#items.values()) if (run !== undefined) run.databaseArrived = true;
    this.#apply([...this.#items.keys()], { kind: 'DatabaseArrived' });
  }

  /** undefined: the key is not in the queue. */
  state(key: string): ScanState | undefined {
    const item = this.#items.get(key);
    if (item === undefined) return undefined;
    const { phase, since, failure, registry = '', run } = item;
    if (run?.removed) return item.request && { state: 'Waiting', since };
    const why = failure && { reason: failure.reason, message: failure.message };
    if (phase === 'BackingOff') return { state: phase, since, ...why, nextTryAt: this.#backoffs.dueAt(key) };
    if (phase === 'Paused') return { state: 'BackingOff', since, ...why, nextTryAt: this.#pauses.until(registry) };
    return { state: phase, since, ...why };
  }

  /** The registry asked to wait, and that time has not passed. */
  isPaused(registry: string): boolean {
    return this.#pauses.until(registry) !== undefined;
  }

  counts(): ScanCounts {
    const phases = [...this.#items.values()].map((item) => item.phase);
    const count = (...wanted: Phase[]) => phases.filter((phase) => wanted.includes(phase)).length;
    const waiting = Object.fromEntries(PRIORITIES.map((p) => [p, this.#line.depth(p)])) as ScanCounts['waiting'];
    return {
      waiting,
      running: this.#running.size,
      backingOff: count('BackingOff', 'Paused'),
      failed: count('Failed'),
    };
  }

  /** @returns a function that unsubscribes */
  subscribe(listener: (scan: FinishedScan) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Scans until the signal ends; then ends the running scans, and resolves when they have, or after `drainMs`. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    this.#dispatch();
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#line.clear();
    this.#backoffs.clear();
    this.#pauses.clear();
    for (const run of this.#running.keys()) run.stop.abort();
    const drained = new AbortController();
    const timeout = sleep(this.#clock, this.#options.drainMs ?? 10_000, drained.signal);
    await Promise.race([Promise.all(this.#running.values()), timeout]);
    drained.abort();
    if (this.#running.size > 0) this.#options.log.warn({ scans: this.#running.size }, 'abandoned running scans');
  }

  #rank(key: string): number {
    const item = this.#items.get(key);
    const wantedBy = this.#options.namespacesOf(key);
    return this.#share.rank(item === undefined ? wantedBy : rankedBy(item, wantedBy), this.#clock.now());
  }

  #apply(keys: readonly string[], event: QueueEvent): void {
    // A key that stays in its phase would be entered again, with a new timer.
    if (this.#signal?.aborted) return;
    for (const key of keys) {
      const item = this.#items.get(key);
      if (item !== undefined) this.#move(key, item, event);
    }
    this.#dispatch();
  }

  /** To the phase that follows the event. */
  #move(key: string, item: QueueItem, event: QueueEvent): void {
    const next = nextPhase(item.phase, event, item.failure?.reason);
    if (next !== item.phase) this.#leave(key, item);
    if (next === 'Forgotten') {
      this.#items.delete(key);
      return;
    }
    if (next !== item.phase) item.since = this.#clock.now();
    item.phase = next;
    this.#enter(key, item);
  }

  #enter(key: string, { phase, request, registry = '', retryAt = 0 }: QueueItem): void {
    if (phase === 'Waiting' && request !== undefined) this.#line.add(key, request.priority);
    else if (phase === 'BackingOff') this.#backoffs.addAt(key, retryAt);
    else if (phase === 'Paused') this.#pauses.wait(registry, key);
  }

  #leave(key: string, { phase, registry = '' }: QueueItem): void {
    if (phase === 'Waiting') this.#line.delete(key);
    else if (phase === 'BackingOff') this.#backoffs.delete(key);
    else if (phase === 'Paused') this.#pauses.leave(registry, key);
  }

  #dispatch(): void {
    if (this.#signal === undefined || this.#signal.aborted) return;
    while (this.#running.size < this.#options.limit) {
      const key = this.#line.peek();
      const item = key === undefined ? undefined : this.#items.get(key);
      if (key === undefined || item?.request === undefined) return;
      const registries = this.#options.registriesOf(key);
      const paused = item.request.requested ? undefined : this.#pauses.holding(registries);
      if (paused !== undefined) {
        this.#waitFor(key, item, paused);
        this.#move(key, item, { kind: 'RegistryPaused' });
      } else {
        this.#line.take(key);
        this.#start(key, item, item.request, registries);
      }
    }
  }

  /** The wait is the failure of the key until its next try has ended: the end of the pause alone is no news. */
  #waitFor(key: string, item: QueueItem, registry: string): void {
    item.registry = registry;
    if (item.failure?.reason === 'RateLimited') return;
    const message = `${this.#options.nameOf(key, registry)}: ${registry} asks clients to wait; the scan is retried later`;
    item.failure = { reason: 'RateLimited', message, count: 0 };
  }

  #start(key: string, item: QueueItem, request: MergedRequest, registries: readonly string[]): void {
    const run: ScanRun = {
      request,
      startedAt: this.#clock.now(),
      stop: new AbortController(),
      registries,
      by: payersOf(request, this.#options.namespacesOf(key)),
      removed: false,
      changed: false,
      databaseArrived: false,
    };
    item.request = undefined;
    item.run = run;
    this.#move(key, item, { kind: 'Started' });
    this.#running.set(run, this.#work(key, item, run));
  }

  async #work(key: string, item: QueueItem, run: ScanRun): Promise<void> {
    let error: ScanError | undefined;
    try {
      // Not in the same turn as `add`: a handler never runs inside the caller's event handler.
      await Promise.resolve();
      await this.#options.handler(key, run.stop.signal);
    } catch (thrown) {
      if (!run.stop.signal.aborted) error = this.#scanError(key, thrown);
    }
    this.#running.delete(run);
    item.run = undefined;
    const now = this.#clock.now();
    this.#share.charge([...run.by], now - run.startedAt, now);
    if (this.#signal?.aborted) return;
    if (error === undefined || run.removed) this.#succeed(key, item, run);
    else this.#fail(key, item, run, error);
    if (!run.removed) this.#publish(key, run, error);
    this.#dispatch();
  }

  #succeed(key: string, item: QueueItem, { removed, registries }: ScanRun): void {
    // Of several registries, it is unknown which one served the scan.
    if (!removed && registries.length === 1) this.#pauses.answered(registries[0]!);
    item.failure = undefined;
    this.#move(key, item, { kind: 'Succeeded', requested: item.request !== undefined });
  }

  #fail(key: string, item: QueueItem, run: ScanRun, error: ScanError): void {
    const { reason } = error;
    const newer = item.request;
    const again = { ...run.request, requested: false };
    item.request = newer === undefined ? again : mergeRequests(again, newer);
    item.failure = failureAfter(item.failure, error);
    if (reason === 'RateLimited') {
      // Without a name for it, the registry of this image alone.
      item.registry = error.registry ?? run.registries[0] ?? key;
      this.#pauses.begin(item.registry, run.startedAt, (pauses) => registryPause(pauses, error.retryAfterMs));
    } else {
      const pauseMs = pauseAfter(reason, item.failure.count, this.#options.random);
      if (pauseMs !== undefined) item.retryAt = this.#clock.now() + pauseMs;
    }
    this.#move(key, item, { kind: 'Failed', reason, answered: isAnswered(reason, run, newer) });
  }

  #scanError(key: string, thrown: unknown): ScanError {
    if (thrown instanceof ScanError) return thrown;
    const about = logFields(key);
    this.#options.log.error({ ...about, err: thrown }, 'scan failed unexpectedly');
    // Its text may hold anything, also what only the operator's log may show.
    const message = `${about.image}: the scan failed unexpectedly: see "scan failed unexpectedly" in the operator's log`;
    const error = new ScanError('ScannerFailed', message, { cause: thrown });
    this.#logged.add(error);
    return error;
  }

  #publish(key: string, { startedAt }: ScanRun, error: ScanError | undefined): void {
    const logged = error && this.#logged.has(error) ? { isLogged: true } : {};
    const failure = error && { failure: { reason: error.reason, message: error.message, ...logged } };
    const scan: FinishedScan = { key, startedAt, endedAt: this.#clock.now(), ...failure };
    for (const listener of this.#listeners) {
      try {
        listener(scan);
      } catch (thrown) {
        this.#options.log.error({ ...logFields(key), err: thrown }, 'a listener to finished scans failed');
      }
    }
  }
}
