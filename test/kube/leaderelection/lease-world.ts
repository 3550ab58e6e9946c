import { Store } from '../../../src/kube/cache/store.ts';
import type { Clock } from '../../../src/kube/clock.ts';
import { LeaderElection, type LeaderElectionOptions } from '../../../src/kube/leaderelection/leader-election.ts';
import type { Lease, LeaseSpec } from '../../../src/kube/leaderelection/lease.ts';
import { ApiError, NetworkError } from '../../../src/kube/rest/errors.ts';
import { FakeClock } from '../fake-clock.ts';
import { type Line, spyLog } from '../spy-log.ts';

/** What a replica's connection does to it. */
export interface Connection {
  /** Of requests: they go through, do so after 3 s, fail at once, or are never answered. */
  requests: 'good' | 'slow' | 'failing' | 'hanging';
  /** Whether the watch tells of changes. */
  watching: boolean;
}

export interface Replica {
  readonly identity: string;
  readonly election: LeaderElection;
  readonly connection: Connection;
  readonly store: Store<Lease>;
  readonly lines: Line[];
  /** Set forward or back, milliseconds: as a process that was frozen sees it, no timer is called. */
  skew: number;
}

const refusal = (code: number, reason: string): ApiError =>
  new ApiError({ kind: 'Status', apiVersion: 'v1', code, reason, message: reason }, 'PATCH /lease');

/** One Lease as an API server keeps it, and replicas that want it. Time is the test's. */
export class LeaseWorld {
  readonly clock = new FakeClock();
  /** Writes that went through, in order. */
  readonly writes: { readonly by: string; readonly at: number; readonly spec: LeaseSpec }[] = [];
  lease: Lease | undefined;
  readonly #began = this.clock.now();
  readonly #replicas: Replica[] = [];
  #version = 0;

  /** Milliseconds since the beginning. */
  get now(): number {
    return this.clock.now() - this.#began;
  }

  /** Who leads by its own opinion. */
  get leaders(): string[] {
    return this.#replicas.filter(({ election }) => election.leads()).map(({ identity }) => identity);
  }

  replica(identity: string, options: Partial<LeaderElectionOptions> = {}): Replica {
    const { log, lines } = spyLog();
    const store = new Store<Lease>();
    const connection: Connection = { requests: 'good', watching: true };
    const clock: Clock = {
      now: () => this.clock.now() + replica.skew,
      after: (ms, callback) => this.clock.after(ms, callback),
    };
    const election = new LeaderElection({
      client: this.#client(identity, connection),
      store,
      namespace: 'ns',
      name: 'lease',
      identity,
      log,
      clock,
      random: () => 0,
      ...options,
    });
    const replica: Replica = { identity, election, connection, store, lines, skew: 0 };
    this.#replicas.push(replica);
    if (this.lease !== undefined) store.upsert(this.lease);
    return replica;
  }

  /** A client that is no replica of the test writes the Lease. */
  put(spec: LeaseSpec): void {
    this.#version += 1;
    const metadata = { name: 'lease', namespace: 'ns', uid: 'u', resourceVersion: String(this.#version) };
    this.lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
    for (const { store, connection } of this.#replicas) if (connection.watching) store.upsert(this.lease);
  }

  /** Another client deletes the Lease. */
  delete(): void {
    this.#version += 1;
    const { lease } = this;
    this.lease = undefined;
    if (lease === undefined) return;
    const gone = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(this.#version) } };
    for (const { store, connection } of this.#replicas) if (connection.watching) store.remove(gone);
  }

  #client(identity: string, connection: Connection): LeaderElectionOptions['client'] {
    const answer = async (): Promise<void> => {
      if (connection.requests === 'failing') throw new NetworkError('PATCH /lease: connection refused');
      if (connection.requests === 'hanging') await new Promise(() => {});
      if (connection.requests === 'slow') await new Promise<void>((resolve) => this.clock.after(3_000, resolve));
    };
    const written = (spec: LeaseSpec): Lease | undefined => {
      this.writes.push({ by: identity, at: this.now, spec });
      this.put(spec);
      return this.lease;
    };
    const client = {
      get: async () => {
        await answer();
        return this.lease;
      },
      create: async (_: unknown, { spec = {} }: Lease) => {
        await answer();
        if (this.lease !== undefined) throw refusal(409, 'AlreadyExists');
        return written(spec);
      },
      patch: async (_: unknown, __: string, { metadata, spec = {} }: Lease) => {
        await answer();
        if (this.lease === undefined) throw refusal(404, 'NotFound');
        if (metadata.resourceVersion !== this.lease.metadata.resourceVersion) throw refusal(409, 'Conflict');
        return { object: written({ ...this.lease.spec, ...spec }), warnings: [] };
      },
    };
    return client as unknown as LeaderElectionOptions['client'];
  }
}
