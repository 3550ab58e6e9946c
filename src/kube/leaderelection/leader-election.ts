import type { Logger } from 'pino';
import type { Store } from '../cache/store.ts';
import { type Clock, monotonicClock, sleep, systemClock } from '../clock.ts';
import { LEASES } from '../kinds.ts';
import { microTime } from '../record/event.ts';
import type { KubeClient } from '../rest/client.ts';
import { classify } from '../rest/errors.ts';
import { holderOf, type Lease, type LeaseSpec } from './lease.ts';

export interface LeaderElectionOptions {
  /** A client of its own: the requests of the election must go through while other writes are not permitted. */
  readonly client: KubeClient;
  /** Kept up to date by a Reflector of the one Lease. */
  readonly store: Pick<Store<Lease>, 'get' | 'upsert' | 'subscribe'>;
  readonly namespace: string;
  /** Of the Lease. */
  readonly name: string;
  /** Unique to this process. */
  readonly identity: string;
  readonly log: Logger;
  /** Milliseconds; the defaults are those of client-go: 15000, 10000 and 2000. */
  readonly leaseMs?: number;
  /** A leader that cannot renew for this long stops leading; shorter than leaseMs, so that it stops before another starts. */
  readonly deadlineMs?: number;
  readonly retryMs?: number;
  /** Must not be set back: default monotonicClock. */
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** The longest wait of a process that ends. */
const LONGEST_RELEASE_MS = 1_500;

/**
 * One of several processes leads: the one that holds a Lease and renews it. The semantics are those of client-go's
 * leaderelection: a Lease has expired when this process, by its own clock, has not seen a renewal for its duration, so
 * clocks may differ.
 */
export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #deadlineMs: number;
  readonly #retryMs: number;
  /** The last state of the Lease, and when this process first saw it. */
  #observed: { readonly version: string; readonly at: number } | undefined;
  /** Until when this process may act as leader. */
  #leadsUntil = Number.NEGATIVE_INFINITY;

  constructor(options: LeaderElectionOptions) {
    const { clock = monotonicClock, leaseMs = 15_000, deadlineMs = 10_000, retryMs = 2_000 } = options;
    this.#options = options;
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    this.#deadlineMs = deadlineMs;
    this.#retryMs = retryMs;
  }

  /**
   * Checked before every write: false as soon as the deadline has passed, also in a process that was frozen until now, and
   * as soon as the watch shows that another process holds the Lease, or that it is deleted.
   */
  leads(): boolean {
    return this.#clock.now() < this.#leadsUntil && this.#isHolder();
  }

  /**
   * Waits until this process leads. While the store is not filled yet, creating the Lease shows whether it exists.
   * @throws the signal's reason when it ends before
   */
  async acquire(signal: AbortSignal): Promise<void> {
    const { log, identity } = this.#options;
    let said = '';
    for (;;) {
      signal.throwIfAborted();
      const wait = this.#untilFree();
      const version = this.#version();
      if (wait <= 0 && (await this.#tryAcquire(signal))) break;
      const holder = holderOf(this.#lease());
      if (holder !== said && holder !== '') log.info({ holder, identity }, 'standing by');
      said = holder;
      // The Lease changed meanwhile, and may have been released.
      if (this.#version() !== version) continue;
      await this.#changedOrAfter(Math.max(wait, this.#retryMs) + this.#jitter(), signal);
    }
    log.info({ identity }, 'leading');
  }

  /** Renews the Lease until the signal ends, and then releases it; resolves early when the Lease is lost. */
  async hold(signal: AbortSignal): Promise<'released' | 'lost'> {
    while (!signal.aborted) {
      await this.#changedOrAfter(Math.min(this.#retryMs, this.#leadsUntil - this.#clock.now()), signal);
      const kept = !signal.aborted && this.leads() && (await this.#renew(signal));
      if (kept || signal.aborted) continue;
      this.#leadsUntil = Number.NEGATIVE_INFINITY;
      this.#logLoss();
      return 'lost';
    }
    await this.#release();
    return 'released';
  }

  #logLoss(): void {
    const { log, identity } = this.#options;
    const holder = holderOf(this.#lease());
    const why = this.#isHolder()
      ? `it was not renewed for ${this.#deadlineMs / 1000} s`
      : holder === ''
        ? 'it is not held any more'
        : `it is held by ${holder}`;
    log.error({ holder, identity }, `the lease was lost: ${why}`);
  }

  #isHolder(): boolean {
    return holderOf(this.#lease()) === this.#options.identity;
  }

  #lease(): Lease | undefined {
    const { store, namespace, name } = this.#options;
    return store.get(`${namespace}/${name}`);
  }

  #version(): string {
    return this.#lease()?.metadata.resourceVersion ?? '';
  }

  /** Milliseconds until the Lease, as last seen, may be acquired. */
  #untilFree(): number {
    const lease = this.#lease();
    const version = this.#version();
    if (this.#observed?.version !== version) this.#observed = { version, at: this.#clock.now() };
    const holder = holderOf(lease);
    if (holder === '' || holder === this.#options.identity) return 0;
    const durationMs = (lease?.spec?.leaseDurationSeconds ?? 0) * 1000;
    return this.#observed.at + durationMs - this.#clock.now();
  }

  async #tryAcquire(signal: AbortSignal): Promise<boolean> {
    const lease = this.#lease();
    const now = microTime(systemClock.now());
    const transitions = lease?.spec?.leaseTransitions ?? 0;
    const changed = holderOf(lease) !== this.#options.identity;
    const spec = {
      ...this.#renewal(),
      acquireTime: changed ? now : (lease?.spec?.acquireTime ?? now),
      leaseTransitions: lease !== undefined && changed ? transitions + 1 : transitions,
    };
    return await this.#claim(spec, signal);
  }

  /** Retries until the deadline, also while a request hangs. */
  async #renew(signal: AbortSignal): Promise<boolean> {
    const done = new AbortController();
    const bound = AbortSignal.any([signal, done.signal]);
    const deadline = sleep(this.#clock, this.#leadsUntil - this.#clock.now(), bound).then(() => false);
    const renewed = await Promise.race([this.#tryToRenew(bound), deadline]);
    done.abort();
    return renewed;
  }

  async #tryToRenew(signal: AbortSignal): Promise<boolean> {
    while (this.leads() && !signal.aborted) {
      if (await this.#claim(this.#renewal(), signal)) return true;
      if (!this.#isHolder()) return false;
      await sleep(this.#clock, this.#retryMs, signal);
    }
    return false;
  }

  #renewal(): LeaseSpec {
    return {
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: Math.ceil(this.#leaseMs / 1000),
      renewTime: microTime(systemClock.now()),
    };
  }

  /** So that the next leader need not wait. */
  async #release(): Promise<void> {
    const led = this.leads();
    // Before the request: another may lead as soon as it arrives.
    this.#leadsUntil = Number.NEGATIVE_INFINITY;
    const lasting = AbortSignal.timeout(Math.min(this.#retryMs, LONGEST_RELEASE_MS));
    const spec = { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(systemClock.now()) };
    // Once more if a renewal that was cut off had succeeded after all.
    if (led && !(await this.#write(spec, lasting)) && this.#isHolder()) await this.#write(spec, lasting);
  }

  /** Leads until the deadline, which counts from before the request. */
  async #claim(spec: LeaseSpec, signal: AbortSignal): Promise<boolean> {
    const started = this.#clock.now();
    if (!(await this.#write(spec, signal)) || signal.aborted) return false;
    this.#leadsUntil = started + this.#deadlineMs;
    return true;
  }

  /** Only over the last known state, so that of several writers one succeeds. */
  async #write(spec: LeaseSpec, signal: AbortSignal): Promise<boolean> {
    const { client, store, namespace, name, log } = this.#options;
    const lease = this.#lease();
    const bound = AbortSignal.any([signal, AbortSignal.timeout(this.#deadlineMs)]);
    try {
      const object =
        lease === undefined
          ? await client.create<Lease>(LEASES, toLease(namespace, name, spec), { namespace, signal: bound })
          : (await client.patch<Lease>(LEASES, name, patchOf(lease, spec), { namespace, type: 'merge', signal: bound }))
              .object;
      store.upsert(object);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      const failure = classify(error);
      const expected = failure === 'Conflict' || failure === 'AlreadyExists';
      const cure =
        failure === 'Forbidden' ? `: allow create, get, list, watch and patch on leases in namespace ${namespace}` : '';
      log[expected ? 'debug' : 'warn']({ failure, why: (error as Error).message }, `the lease was not written${cure}`);
      if (expected) await this.#read(signal);
      return false;
    }
  }

  /** The watch may lag behind the writer that was first. */
  async #read(signal: AbortSignal): Promise<void> {
    const { client, store, namespace, name } = this.#options;
    const lease = await client.get<Lease>(LEASES, name, namespace, { signal }).catch(() => undefined);
    if (lease !== undefined) store.upsert(lease);
  }

  async #changedOrAfter(ms: number, signal: AbortSignal): Promise<void> {
    const changed = new AbortController();
    const unsubscribe = this.#options.store.subscribe(() => changed.abort());
    await sleep(this.#clock, ms, AbortSignal.any([signal, changed.signal]));
    unsubscribe();
  }

  /** Keeps processes from trying at the same moment, milliseconds. */
  #jitter(): number {
    const { random = Math.random } = this.#options;
    return 0.2 * this.#retryMs * random();
  }
}

const toLease = (namespace: string, name: string, spec: LeaseSpec) => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { namespace, name },
  spec,
});

const patchOf = ({ metadata: { resourceVersion } }: Lease, spec: LeaseSpec) => ({
  metadata: { resourceVersion },
  spec,
});
