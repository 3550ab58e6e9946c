import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { Gauge } from 'prom-client';
import { Reflector } from '../kube/cache/reflector.ts';
import { Store } from '../kube/cache/store.ts';
import { monotonicClock } from '../kube/clock.ts';
import { LEASES } from '../kube/kinds.ts';
import { LeaderElection } from '../kube/leaderelection/leader-election.ts';
import { holderOf, type Lease } from '../kube/leaderelection/lease.ts';
import type { KubeMetrics } from '../kube/metrics.ts';
import { KubeClient } from '../kube/rest/client.ts';
import type { PooledKubeConfig } from '../kube/rest/kubeconfig.ts';
import type { WritePermission } from '../kube/rest/write-permission.ts';

/** One of several operators leads, and the others stand by with filled caches. */
export interface LeaderElectionSettings {
  /** Of the Lease. */
  readonly namespace: string;
  /** Unique to this process. */
  readonly identity: string;
  /** Milliseconds; see LeaderElection. */
  readonly leaseMs: number;
  readonly deadlineMs: number;
  readonly retryMs: number;
}

/** Name of the Lease. */
const NAME = 'palisade';

/** The leader, as this process last saw it. */
interface Leader {
  /** Namespace of the Lease: that of the pods. */
  readonly namespace: string;
  /** Its host name, which is the name of its pod; empty: there is no leader. */
  readonly host: string;
}

/** The answer of a standby replica to a request for a report, which only the leader has. */
export const standbyMessage = ({ namespace, host }: Leader): string =>
  host === ''
    ? 'this replica stands by, and no leader is elected yet: try again'
    : `this replica stands by, and the leader ${host} serves the reports: connect to it, as after kubectl port-forward -n ${namespace} pod/${host} 8082`;

/** Unique to one process. */
export const newIdentity = (host: string): string => `${host}_${randomUUID()}`;
const hostIn = (identity: string): string => identity.replace(/_[^_]*$/, '');

interface LeadershipOptions {
  readonly kubeConfig: PooledKubeConfig;
  readonly settings: LeaderElectionSettings;
  readonly registry: Registry;
  readonly metrics: KubeMetrics;
  readonly log: Logger;
}

/** The election among the operators of a cluster, with the watch of its Lease. */
export class Leadership {
  readonly #election: LeaderElection;
  readonly #reflector: Reflector<Lease>;
  readonly #leader: () => Leader;
  readonly #revoked = new AbortController();

  constructor({ kubeConfig, settings, registry, metrics, log }: LeadershipOptions) {
    const { namespace, identity, leaseMs, deadlineMs, retryMs } = settings;
    // A client of its own, since the other one may not write while another process leads. A request must not outlast a
    // renewal.
    const client = new KubeClient(kubeConfig, {
      userAgent: 'palisade-leader-election',
      timeoutMs: Math.min(deadlineMs, 5_000),
      onRequest: metrics.onRequest,
    });
    const store = new Store<Lease>();
    this.#leader = () => ({ namespace, host: hostIn(holderOf(store.get(`${namespace}/${NAME}`))) });
    this.#reflector = new Reflector<Lease>({
      client,
      resource: LEASES,
      store,
      namespace,
      fieldSelector: `metadata.name=${NAME}`,
      metrics,
      log,
    });
    const options = { client, store, namespace, name: NAME, identity, leaseMs, deadlineMs, retryMs, log };
    this.#election = new LeaderElection({ ...options, clock: monotonicClock });
    const leads = () => this.leads();
    new Gauge({
      name: 'leader_election_master_status',
      help: '1 if this process is the leader, else 0.',
      labelNames: ['name'],
      registers: [registry],
      collect() {
        this.set({ name: NAME }, leads() ? 1 : 0);
      },
    });
  }

  leads(): boolean {
    return this.#election.leads();
  }

  /** A process leads once at most. */
  get writes(): WritePermission {
    return { granted: () => this.leads(), revoked: this.#revoked.signal };
  }

  get leader(): Leader {
    return this.#leader();
  }

  /** Keeps watching the Lease until the signal ends. */
  async watch(signal: AbortSignal): Promise<void> {
    await this.#reflector.run(signal);
  }

  /**
   * Waits until this process leads, and works until the signal ends; the Lease is released after the work has ended.
   * @param work ends soon after its signal does
   * @returns whether the Lease was lost
   */
  async work(signal: AbortSignal, work: (signal: AbortSignal) => Promise<unknown>): Promise<boolean> {
    await this.#election.acquire(signal);
    const done = new AbortController();
    const holding = this.#election.hold(done.signal).then((end) => {
      if (end === 'lost') this.#revoked.abort(new Error('the lease was lost'));
      return end;
    });
    try {
      await work(AbortSignal.any([signal, this.#revoked.signal]));
    } finally {
      // Requests that outlast the work must not write while another process may.
      this.#revoked.abort();
      done.abort();
      await holding;
    }
    return (await holding) === 'lost';
  }
}
