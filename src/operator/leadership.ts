import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { Gauge } from 'prom-client';
import { KubeClient } from '../kube/client.ts';
import { steadyClock } from '../kube/clock.ts';
import type { PooledKubeConfig } from '../kube/kubeconfig.ts';
import { LeaderElection } from '../kube/leader-election.ts';
import { LEASES, type Lease } from '../kube/lease.ts';
import type { KubeMetrics } from '../kube/metrics.ts';
import { Reflector } from '../kube/reflector.ts';
import { Store } from '../kube/store.ts';

/** One of several operators leads, and the others stand by with filled caches. */
export interface LeaderElectionSettings {
  /** Of the Lease. */
  readonly namespace: string;
  /** Of this process, and of no other. */
  readonly identity: string;
  /** Milliseconds; see LeaderElection. */
  readonly leaseMs: number;
  readonly deadlineMs: number;
  readonly retryMs: number;
}

/** Name of the Lease. */
const NAME = 'palisade';

export interface LeadershipOptions {
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

  constructor({ kubeConfig, settings, registry, metrics, log }: LeadershipOptions) {
    const { namespace, identity, leaseMs, deadlineMs, retryMs } = settings;
    // Its own, since that of the work is held back while another leads; and a request must not outlast a renewal.
    const client = new KubeClient(kubeConfig, {
      userAgent: 'palisade-leader-election',
      timeoutMs: Math.min(deadlineMs, 5_000),
      onRequest: metrics.onRequest,
    });
    const store = new Store<Lease>();
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
    this.#election = new LeaderElection({ ...options, clock: steadyClock });
    const leads = () => this.leads();
    new Gauge({
      name: 'leader_election_master_status',
      help: 'Whether this process leads: 1, or 0.',
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

  /** Keeps watching the Lease until the signal ends. */
  async watch(signal: AbortSignal): Promise<void> {
    await this.#reflector.run(signal);
  }

  /**
   * Waits until this process leads, and works until the signal ends; the Lease is given away after the work has ended.
   * @param work ends soon after its signal does
   * @returns whether the Lease was lost
   */
  async work(signal: AbortSignal, work: (signal: AbortSignal) => Promise<unknown>): Promise<boolean> {
    await this.#election.acquire(signal);
    const lost = new AbortController();
    const done = new AbortController();
    const holding = this.#election.hold(done.signal).then((end) => {
      if (end === 'lost') lost.abort(new Error('the lease was lost'));
    });
    try {
      await work(AbortSignal.any([signal, lost.signal]));
    } finally {
      done.abort();
      await holding;
    }
    return lost.signal.aborted;
  }
}
