import { type Clock, monotonicClock, sleep } from '../clock.ts';
import { type KubeObject, objectKey } from '../object.ts';
import type { WatchEvent } from '../rest/client.ts';
import { ApiError, classify, isFutureVersion, NetworkError } from '../rest/errors.ts';
import { resourceName } from '../rest/resource.ts';
import { type Backoff, backoffMs } from '../workqueue/backoff.ts';
import { IdleTimeout } from './idle-timeout.ts';
import { listInPages } from './list-in-pages.ts';
import type { ReflectorOptions } from './reflector-options.ts';
import { compareResourceVersions } from './resource-version.ts';

// A watch that ends sooner without an event counts as a failure; otherwise a broken server would be asked in a tight loop.
const SHORTEST_WATCH_MS = 1000;

/**
 * Keeps a store equal to what the API server has: a paginated list, then watches that resume where the last one ended,
 * and a new list only when the server no longer has that version. Every failure is retried with backoff, forever.
 */
export class Reflector<T extends KubeObject = KubeObject> {
  /** Resolves when the first list is in the store, or the resource is absent or forbidden and the options allow that. Never rejects. */
  readonly synced: Promise<void>;
  /** Resolves when the first list is in the store, or the resource is absent and the options allow that. Never rejects. */
  readonly known: Promise<void>;
  readonly #options: ReflectorOptions<T>;
  /** The resource, as in `networkpolicies.networking.k8s.io`. */
  readonly name: string;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #backoff: Backoff;
  readonly #idleTimeoutMs: number;
  readonly #watchSeconds: number;
  readonly #synced = Promise.withResolvers<void>();
  readonly #known = Promise.withResolvers<void>();
  #hasSynced = false;
  /** Where the next watch starts; undefined means: list first. */
  #version: string | undefined;
  /** The newest version ever seen, to notice a server with older data. */
  #newest = '';
  /** The last watch received nothing, so the server may not have #version. */
  #doubtful = false;
  #failures = 0;
  #loggedFailure = '';
  #aliveAt: number;
  /** When the next step is due; undefined while it does not run. */
  #stepDueAt: number | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.name = resourceName(options.resource);
    this.#clock = options.clock ?? monotonicClock;
    this.#random = options.random ?? Math.random;
    this.#backoff = { baseMs: 500, maxMs: 30_000, ...options.backoff };
    this.#watchSeconds = options.watchTimeoutSeconds ?? 290;
    this.#idleTimeoutMs = options.idleTimeoutMs ?? this.#watchSeconds * 1000 + 10_000;
    this.#aliveAt = this.#clock.now();
    this.synced = this.#synced.promise;
    this.known = this.#known.promise;
  }

  hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Seconds since the API server last answered or sent an event. @param now milliseconds, by its clock */
  stalenessSeconds(now: number): number {
    return Math.max(0, now - this.#aliveAt) / 1000;
  }

  /**
   * Whether even retries have stopped: every step has a bound, so only a restart helps. An unreachable API server does
   * not count. @param now milliseconds, by its clock
   */
  isStuck(now: number = this.#clock.now()): boolean {
    return this.#stepDueAt !== undefined && now - this.#stepDueAt > 2 * this.#idleTimeoutMs;
  }

  /** Runs until the signal ends; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#aliveAt = this.#clock.now();
    const unwatch = this.#options.metrics?.watching(this.name, (now) => this.stalenessSeconds(now));
    const resyncs = this.#resyncs(signal);
    while (!signal.aborted) {
      this.#expectStep();
      try {
        await this.#cycle(signal);
      } catch (error) {
        if (!signal.aborted) await this.#recover(error, signal);
      }
    }
    this.#stepDueAt = undefined;
    await resyncs;
    unwatch?.();
  }

  async #cycle(signal: AbortSignal): Promise<void> {
    if (this.#version !== undefined && this.#doubtful) await this.#probe(this.#version, signal);
    if (this.#version === undefined) this.#version = await this.#list(signal);
    await this.#watch(this.#version, signal);
  }

  #markAlive(): void {
    this.#aliveAt = this.#clock.now();
    this.#expectStep();
  }

  /** @param ms until the next step may begin */
  #expectStep(ms = 0): void {
    this.#stepDueAt = this.#clock.now() + ms;
  }

  #markSynced(): void {
    this.#hasSynced = true;
    this.#synced.resolve();
  }

  #markKnown(): void {
    this.#known.resolve();
    this.#markSynced();
  }

  #scope() {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    return { namespace, labelSelector, fieldSelector };
  }

  #owns = (o: T): boolean => {
    const { owns, namespace } = this.#options;
    return owns === undefined ? namespace === undefined || namespace === o.metadata.namespace : owns(o);
  };

  /** A complete, consistent list: no resourceVersion, so that the server answers with the newest state. */
  async #list(signal: AbortSignal): Promise<string> {
    const { client, resource, pageSize, maxBytes: maxPageBytes, store, metrics } = this.#options;
    const unreadable = new Set<string>();
    const onPage = () => this.#expectStep();
    const options = { ...this.#scope(), pageSize, maxPageBytes, onPage, signal };
    const { items, resourceVersion: version } = await listInPages(client, resource, options, (raw) => {
      const o = this.#transform(raw);
      if (o === undefined) unreadable.add(objectKey(raw));
      return o;
    });
    signal.throwIfAborted();
    const rewind = compareResourceVersions(version, this.#newest) < 0;
    if (rewind)
      this.#options.log.warn(
        { resource: this.name },
        'the API server has older data than before, as after a restore of etcd: the cache follows it',
      );
    const owns = (o: T) => this.#owns(o) && !unreadable.has(objectKey(o));
    store.replace(items, { resourceVersion: version, owns, rewind });
    this.#newest = version;
    this.#doubtful = false;
    this.#markAlive();
    metrics?.relisted(this.name);
    this.#markKnown();
    return version;
  }

  /** A watch from a version that the server has not reached stays silent, but a list from it is refused. */
  async #probe(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { client, resource } = this.#options;
    const match = { resourceVersion, resourceVersionMatch: 'NotOlderThan' as const };
    try {
      await client.list(resource, { ...this.#scope(), ...match, limit: 1, signal });
    } catch (error) {
      if (!isFutureVersion(error)) throw error;
      this.#version = undefined;
    }
    this.#doubtful = false;
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { client, resource, maxBytes } = this.#options;
    const idle = new IdleTimeout(this.#clock, this.#idleTimeoutMs, signal);
    const started = this.#clock.now();
    let events = 0;
    try {
      const options = {
        ...this.#scope(),
        resourceVersion,
        allowWatchBookmarks: true,
        timeoutSeconds: this.#watchSeconds,
        maxBytes,
      };
      const onOpen = () => this.#markAlive();
      for await (const event of client.watch(resource, { ...options, signal: idle.signal, onOpen })) {
        idle.reset();
        this.#handle(event);
        if (events++ === 0) this.#recovered();
      }
    } catch (error) {
      if (idle.expired) throw new NetworkError(`watch of ${this.name}: silent for ${this.#idleTimeoutMs} ms, cut`);
      throw error;
    } finally {
      idle.clear();
      if (events === 0) this.#doubtful = true;
    }
    if (events > 0) return;
    const lasted = this.#clock.now() - started;
    if (lasted < SHORTEST_WATCH_MS) throw new NetworkError(`watch of ${this.name}: closed after ${lasted} ms`);
    this.#recovered();
  }

  #handle(event: WatchEvent): void {
    if (event.type === 'ERROR') throw new ApiError(event.object, `GET ${this.name} (watch)`, { verb: 'watch' });
    const { object } = event;
    this.#doubtful = false;
    this.#markAlive();
    // A deletion needs only the metadata, so it also works for an object that cannot be read.
    if (event.type === 'DELETED') this.#options.store.remove(object as T);
    else if (event.type !== 'BOOKMARK') {
      const o = this.#transform(object);
      if (o !== undefined) this.#options.store.upsert(o);
    }
    this.#version = object.metadata.resourceVersion;
    this.#newest = this.#version;
  }

  #transform(raw: KubeObject): T | undefined {
    const { transform, log } = this.#options;
    try {
      return transform === undefined ? (raw as T) : transform(raw);
    } catch (err) {
      log.error(
        { err, resource: this.name, object: objectKey(raw) },
        'cannot read an object: the cache keeps its last version',
      );
      return undefined;
    }
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const failure = classify(error);
    const expired = failure === 'Expired';
    if (expired) this.#version = undefined;
    else this.#doubtful = true;
    this.#failures += 1;
    const first = this.#loggedFailure !== failure;
    this.#logFailure(failure, error);
    const { mayBeAbsent = false, mayBeForbidden = false } = this.#options;
    if (failure === 'NotFound' && mayBeAbsent) this.#markKnown();
    if (failure === 'Forbidden' && mayBeForbidden) this.#markSynced();
    if (expired && first) return;
    const backoff = backoffMs(this.#failures, this.#backoff, this.#random);
    const asked = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    const wait = Math.max(backoff, asked);
    this.#expectStep(wait);
    await sleep(this.#clock, wait, signal);
  }

  /** Once per kind of failure, so that a wrong permission does not fill the log. */
  #logFailure(failure: string, error: unknown): void {
    const { log } = this.#options;
    // Without the stack: each kind of failure is expected.
    const why = error instanceof Error ? error.message : String(error);
    const facts = { why, resource: this.name, namespace: this.#options.namespace, failure, failures: this.#failures };
    if (failure === this.#loggedFailure) log.debug(facts, 'watch still failing');
    else if (failure === 'Expired') log.debug(facts, 'watch expired: listing again');
    else if (failure === 'NotFound')
      log.warn(facts, 'the API server does not serve this resource: install its CustomResourceDefinition; will retry');
    else if (failure === 'Forbidden' || failure === 'Unauthorized')
      log.error(facts, 'the operator may not watch this resource: apply config/rbac; will retry');
    else log.warn(facts, 'watch failed: will retry');
    this.#loggedFailure = failure;
  }

  #recovered(): void {
    if (this.#failures > 1) this.#options.log.info({ resource: this.name, failures: this.#failures }, 'watching again');
    this.#failures = 0;
    this.#loggedFailure = '';
  }

  async #resyncs(signal: AbortSignal): Promise<void> {
    const { resyncMs, store } = this.#options;
    while (resyncMs !== undefined && !signal.aborted) {
      await sleep(this.#clock, resyncMs * (0.9 + this.#random() * 0.2), signal);
      if (!signal.aborted && this.#hasSynced) store.resync(this.#owns);
    }
  }
}
