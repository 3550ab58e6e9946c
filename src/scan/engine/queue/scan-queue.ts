import type { Logger } from 'pino';
import { type Clock, sleep } from '../../../kube/clock.ts';
import { ScanError } from '../../scan-error.ts';
import { pauseAfter, registryPause } from './backoff-by-reason.ts';
import { DueKeys } from './due-keys.ts';
import { type Entry, endsWait, isAnswered, type Run } from './entry.ts';
import { FairShare } from './fair-share.ts';
import { PriorityQueue } from './priority-queue.ts';
import { RegistryPauses } from './registry-pauses.ts';
import {
  addRequest,
  isNewer,
  type MergedRequest,
  mergeRequests,
  PRIORITIES,
  type ScanRequest,
} from './scan-request.ts';
import type { FinishedScan, ScanCounts, ScanState } from './scan-state.ts';

/** Scans one image; ends soon after the signal does. @throws ScanError; anything else counts as ScannerFailed */
export type ScanHandler = (key: string, signal: AbortSignal) => Promise<void>;

export interface ScanQueueOptions {
  /** How many scans run at the same time. */
  readonly limit: number;
  readonly handler: ScanHandler;
  readonly log: Logger;
  /** Is never set: who waits would wait for years. */
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /**
   * The registries that a scan of the key would ask, as in `docker.io`; none when its SBOM is stored. When a registry asks
   * to wait, every key waits that no other registry may have.
   */
  readonly registriesOf: (key: string) => readonly string[];
  /** The namespaces that want the key. Those who asked for scans that took long lately let others go first. */
  readonly namespacesOf: (key: string) => readonly string[];
  /** What a message calls the key, which is to be had from a registry. */
  readonly nameOf: (key: string, registry: string) => string;
  /** How long `run` waits for running scans when it ends, milliseconds. Default 10000. */
  readonly drainMs?: number;
}

/**
 * Keys of images waiting to be scanned, the most urgent first, with namespaces in fair turns; never more running than the limit, and never one key twice
 * at once. A key is forgotten when its scan succeeds; one that fails is kept, and tried again as its reason says, until
 * `remove`.
 */
export class ScanQueue {
  readonly #options: ScanQueueOptions;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #share = new FairShare();
  readonly #line: PriorityQueue;
  readonly #backoffs: DueKeys;
  readonly #pauses: RegistryPauses;
  readonly #running = new Map<Run, Promise<void>>();
  readonly #listeners = new Set<(scan: FinishedScan) => void>();
  #signal: AbortSignal | undefined;

  constructor(options: ScanQueueOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#line = new PriorityQueue((key) => this.#share.rank(this.#interested(key), this.#clock.now()));
    this.#backoffs = new DueKeys(options.clock, (key) => this.#retry([key]));
    this.#pauses = new RegistryPauses(options.clock, (keys) => this.#retry(keys));
  }

  /**
   * Asks for a scan. A key that waits keeps the better priority. One whose scan failed waits on as the reason says, unless
   * this ask ends that (see endsPause). For one that runs, see ScanRequest.
   */
  add(key: string, ask: ScanRequest): void {
    if (this.#signal?.aborted) return;
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      const added: Entry = { phase: 'Waiting', since: this.#clock.now(), ask: addRequest(undefined, ask) };
      this.#entries.set(key, added);
      this.#enqueue(key, added);
    } else if (entry.run === undefined) {
      entry.ask = addRequest(entry.ask, ask);
      if (endsWait(entry, ask.priority)) this.#enqueue(key, entry);
    } else if (entry.run.removed || isNewer(ask, entry.run.ask)) {
      entry.ask = addRequest(entry.ask, ask);
    } else {
      entry.run.by.add(ask.by);
    }
    this.#dispatch();
  }

  /** Nobody needs the key any more: its scan ends, and its failures are forgotten. */
  remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    if (entry.run === undefined) {
      this.#leave(key, entry);
      this.#entries.delete(key);
    } else {
      entry.ask = undefined;
      entry.run.removed = true;
      entry.run.stop.abort();
    }
  }

  /** Something changed on which the key may have failed, such as its credentials: a failed scan is tried again. */
  changed(key: string): void {
    const entry = this.#entries.get(key);
    if (entry?.run !== undefined) entry.run.changed = true;
    // One that is paused may be free to ask another registry now.
    else if (entry !== undefined && entry.phase !== 'Waiting') this.#retry([key]);
  }

  /** There is a vulnerability database: what failed for want of one is tried again. */
  databaseArrived(): void {
    const waiting: string[] = [];
    for (const [key, { run, phase, failure }] of this.#entries) {
      if (run !== undefined) run.databaseArrived = true;
      else if (phase === 'Failed' && failure?.reason === 'DatabaseMissing') waiting.push(key);
    }
    this.#retry(waiting);
  }

  /** undefined: nothing is to be done for the key. */
  state(key: string): ScanState | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const { phase, since, failure, registry = '', run } = entry;
    if (run?.removed) return entry.ask && { state: 'Waiting', since };
    const why = failure && { reason: failure.reason, message: failure.message };
    if (phase === 'BackingOff') return { state: phase, since, ...why, nextTryAt: this.#backoffs.get(key) };
    if (phase === 'Paused') return { state: 'BackingOff', since, ...why, nextTryAt: this.#pauses.until(registry) };
    return { state: phase, since, ...why };
  }

  /** The registry asked to wait, and that time has not passed. */
  isPaused(registry: string): boolean {
    return this.#pauses.until(registry) !== undefined;
  }

  counts(): ScanCounts {
    const phases = [...this.#entries.values()].map((entry) => entry.phase);
    const count = (...wanted: Entry['phase'][]) => phases.filter((phase) => wanted.includes(phase)).length;
    const waiting = Object.fromEntries(PRIORITIES.map((p) => [p, this.#line.depth(p)])) as ScanCounts['waiting'];
    return {
      waiting,
      running: this.#running.size,
      backingOff: count('BackingOff', 'Paused'),
      failed: count('Failed'),
    };
  }

  /** @returns a function that ends it */
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

  /** Whose turn decides about a key that waits: of those who asked; a retry, which nobody asks for, serves all. */
  #interested(key: string): readonly string[] {
    const { ask, failure } = this.#entries.get(key) ?? {};
    return ask === undefined || (failure !== undefined && !ask.requested)
      ? this.#options.namespacesOf(key)
      : [...ask.by];
  }

  /** Who pays for a scan: those who asked, unless none of them wants the key any more. */
  #paying(key: string, { by }: MergedRequest): Set<string> {
    const wanting = new Set(this.#options.namespacesOf(key));
    const asking = by.intersection(wanting);
    return asking.size > 0 ? asking : wanting;
  }

  /** To the line, wherever it was. */
  #enqueue(key: string, entry: Entry): void {
    if (entry.ask === undefined) return;
    if (entry.phase !== 'Waiting') this.#leave(key, entry);
    this.#enter(entry, 'Waiting');
    this.#line.add(key, entry.ask.priority);
  }

  #enter(entry: Entry, phase: Entry['phase']): void {
    if (entry.phase === phase) return;
    entry.phase = phase;
    entry.since = this.#clock.now();
  }

  #leave(key: string, { phase, registry = '' }: Entry): void {
    if (phase === 'Waiting') this.#line.delete(key);
    else if (phase === 'BackingOff') this.#backoffs.delete(key);
    else if (phase === 'Paused') this.#pauses.leave(registry, key);
  }

  #retry(keys: readonly string[]): void {
    for (const key of keys) {
      const entry = this.#entries.get(key);
      if (entry !== undefined && entry.run === undefined) this.#enqueue(key, entry);
    }
    this.#dispatch();
  }

  #dispatch(): void {
    if (this.#signal === undefined || this.#signal.aborted) return;
    while (this.#running.size < this.#options.limit) {
      const key = this.#line.peek();
      const entry = key === undefined ? undefined : this.#entries.get(key);
      if (key === undefined || entry?.ask === undefined) return;
      const registries = this.#options.registriesOf(key);
      const paused = entry.ask.requested ? undefined : this.#pauseOf(registries);
      if (paused !== undefined) {
        this.#pause(key, entry, paused);
      } else {
        this.#line.take(key);
        this.#start(key, entry, entry.ask, registries);
      }
    }
  }

  /** The registry whose pause ends first; undefined when one of them may be asked, or none is needed. */
  #pauseOf(registries: readonly string[]): string | undefined {
    const until = (registry: string): number => this.#pauses.until(registry) ?? 0;
    const [first] = registries.toSorted((a, b) => until(a) - until(b));
    return first !== undefined && until(first) > 0 ? first : undefined;
  }

  /** That it waits is its failure, until its next try has ended: the end of the pause alone is no news. */
  #pause(key: string, entry: Entry, registry: string): void {
    this.#leave(key, entry);
    const message = `${this.#options.nameOf(key, registry)}: ${registry} asks to wait; it is asked again later`;
    if (entry.failure?.reason !== 'RateLimited') entry.failure = { reason: 'RateLimited', message, count: 0 };
    this.#enter(entry, 'Paused');
    entry.registry = registry;
    this.#pauses.wait(registry, key);
  }

  #start(key: string, entry: Entry, ask: MergedRequest, registries: readonly string[]): void {
    const run: Run = {
      ask,
      startedAt: this.#clock.now(),
      stop: new AbortController(),
      registries,
      by: this.#paying(key, ask),
      removed: false,
      changed: false,
      databaseArrived: false,
    };
    entry.ask = undefined;
    entry.run = run;
    this.#enter(entry, 'Running');
    this.#running.set(run, this.#work(key, entry, run));
  }

  async #work(key: string, entry: Entry, run: Run): Promise<void> {
    let error: ScanError | undefined;
    try {
      // Not in the same turn as `add`: a handler never runs inside the caller's event handler.
      await Promise.resolve();
      await this.#options.handler(key, run.stop.signal);
    } catch (thrown) {
      if (!run.stop.signal.aborted) error = this.#scanError(key, thrown);
    }
    this.#running.delete(run);
    entry.run = undefined;
    const now = this.#clock.now();
    this.#share.charge([...run.by], now - run.startedAt, now);
    if (this.#signal?.aborted) return;
    if (run.removed) this.#succeed(key, entry);
    else this.#finish(key, entry, run, error);
    this.#dispatch();
  }

  #finish(key: string, entry: Entry, run: Run, error: ScanError | undefined): void {
    if (error === undefined) {
      // Of several, nobody knows which one served it.
      if (run.registries.length === 1) this.#pauses.answered(run.registries[0]!);
      this.#succeed(key, entry);
    } else {
      this.#fail(key, entry, run, error);
    }
    const failure = error && { failure: { reason: error.reason, message: error.message } };
    this.#publish({ key, startedAt: run.startedAt, endedAt: this.#clock.now(), ...failure });
  }

  /** Forgets the key, unless it is asked for again. */
  #succeed(key: string, entry: Entry): void {
    entry.failure = undefined;
    if (entry.ask === undefined) this.#entries.delete(key);
    else this.#enqueue(key, entry);
  }

  #fail(key: string, entry: Entry, run: Run, error: ScanError): void {
    const { reason, message } = error;
    const count = entry.failure?.reason === reason ? entry.failure.count + 1 : 1;
    entry.failure = { reason, message, count };
    const newer = entry.ask;
    const again = { ...run.ask, requested: false };
    entry.ask = newer === undefined ? again : mergeRequests(again, newer);
    // Without a name for it, the registry of this image alone.
    const registry = error.registry ?? run.registries[0] ?? key;
    if (reason === 'RateLimited') {
      this.#pauses.begin(registry, run.startedAt, (pauses) => registryPause(pauses, error.retryAfterMs));
    }
    if (isAnswered(reason, run, newer)) this.#enqueue(key, entry);
    else if (reason === 'RateLimited') this.#pause(key, entry, registry);
    else this.#backOff(key, entry, pauseAfter(reason, count, this.#options.random));
    this.#options.log.debug({ key, reason, failures: count, state: entry.phase }, 'scan failed');
  }

  #backOff(key: string, entry: Entry, pauseMs: number | undefined): void {
    this.#enter(entry, pauseMs === undefined ? 'Failed' : 'BackingOff');
    if (pauseMs !== undefined) this.#backoffs.set(key, this.#clock.now() + pauseMs);
  }

  #scanError(key: string, thrown: unknown): ScanError {
    if (thrown instanceof ScanError) return thrown;
    this.#options.log.error({ key, err: thrown }, 'scan failed unexpectedly');
    // Its text may hold anything, also what nobody but the operator's log may know.
    const message = `${key}: the scan failed unexpectedly: see "scan failed unexpectedly" in the operator's log`;
    return new ScanError('ScannerFailed', message, { cause: thrown });
  }

  #publish(scan: FinishedScan): void {
    for (const listener of this.#listeners) {
      try {
        listener(scan);
      } catch (error) {
        this.#options.log.error({ key: scan.key, err: error }, 'a listener to finished scans failed');
      }
    }
  }
}
