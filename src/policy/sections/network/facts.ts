import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../../kube/clock.ts';
import type { PolicyCaches } from '../../caches.ts';
import { apiServerAddresses, groupByPorts } from './apiserver.ts';
import type { ApiServerEndpoint, ClusterFacts, DnsPeer } from './context.ts';
import { type DnsSetting, sortPeers } from './dns.ts';
import { dnsServices, whyUnusable } from './dns-service.ts';
import { dnsPeers, dnsState } from './dns-state.ts';
import { type Kept, keep, nextExpiry } from './kept.ts';

interface NetworkFactsOptions {
  readonly caches: Pick<PolicyCaches, 'apiServerSlices' | 'apiServerServices' | 'dnsSlices' | 'dnsServices'>;
  readonly dns: DnsSetting;
  /** The flag --dns-service. */
  readonly dnsService?: string | undefined;
  /** Of the operator's own pod; empty: it does not run in a pod. */
  readonly nameservers: readonly string[];
  /** Must not be set back. */
  readonly clock: Clock;
}

/** The facts that have changed. */
interface FactsChange {
  readonly apiServer: boolean;
  readonly dns: boolean;
}

type Handler = (change: FactsChange) => void;

const factsOf = <T>(kept: readonly Kept<T>[]): T[] => kept.map(({ fact }) => fact);

/** Keeps the facts of the cluster up to date from the caches. */
export class NetworkFacts {
  readonly #options: NetworkFactsOptions;
  readonly #handlers = new Set<Handler>();
  #apiServer: readonly Kept<ApiServerEndpoint>[] = [];
  #dns: readonly Kept<DnsPeer>[] = [];
  #current: ClusterFacts;
  #cancel: () => void = () => {};

  constructor(options: NetworkFactsOptions) {
    this.#options = options;
    this.#current = this.#compute();
    const { apiServerSlices, apiServerServices, dnsSlices, dnsServices: services } = options.caches;
    for (const store of [apiServerSlices, dnsSlices]) store.subscribe(() => this.#update());
    for (const store of [apiServerServices, services]) store.subscribe(() => this.#update());
  }

  get current(): ClusterFacts {
    if (this.#options.clock.now() >= nextExpiry(this.#apiServer, this.#dns)) this.#update();
    return this.#current;
  }

  /** Calls the handler after each change, also when a fact leaves that vanished a while ago; the returned function stops it. */
  subscribe(handler: Handler): () => void {
    this.#handlers.add(handler);
    this.#arm();
    return () => {
      this.#handlers.delete(handler);
      if (this.#handlers.size === 0) this.#cancel();
    };
  }

  #update(): void {
    const before = this.#current;
    this.#current = this.#compute();
    this.#arm();
    const { context, dns, apiServerKnown } = this.#current;
    const change = {
      apiServer:
        apiServerKnown !== before.apiServerKnown || !isDeepStrictEqual(context.apiServer, before.context.apiServer),
      dns: !isDeepStrictEqual([dns, context.dnsPeers], [before.dns, before.context.dnsPeers]),
    };
    if (change.apiServer || change.dns) for (const handler of this.#handlers) handler(change);
  }

  #compute(): ClusterFacts {
    const { caches, dns, dnsService, nameservers, clock } = this.#options;
    const now = clock.now();
    const addresses = apiServerAddresses(caches.apiServerSlices.list(), caches.apiServerServices.list());
    const found = caches.dnsServices.list();
    const services = dnsServices(found, caches.dnsSlices.list());
    this.#apiServer = keep(this.#apiServer, addresses, now);
    this.#dns = keep(this.#dns, dnsPeers(dns, services, nameservers), now);
    return {
      context: { dnsPeers: sortPeers(factsOf(this.#dns)), apiServer: groupByPorts(factsOf(this.#apiServer)) },
      apiServerKnown: addresses.length > 0,
      dns: dnsState(dns, services, nameservers, dnsService && whyUnusable(dnsService, found)),
    };
  }

  /** Without a handler there is no timer: it would have no use, and would keep the process alive. */
  #arm(): void {
    this.#cancel();
    this.#cancel = () => {};
    const expiry = nextExpiry(this.#apiServer, this.#dns);
    if (this.#handlers.size === 0 || expiry === Number.POSITIVE_INFINITY) return;
    const { clock } = this.#options;
    this.#cancel = clock.after(expiry - clock.now(), () => this.#update());
  }
}
