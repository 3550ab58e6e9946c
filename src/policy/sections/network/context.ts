import type { NetworkPolicyPeer, NetworkPolicyPort } from 'kubernetes-types/networking/v1.js';

/** The cluster's DNS: pods of a namespace, or a network; always UDP and TCP of one port. */
export interface DnsPeer {
  readonly peer: NetworkPolicyPeer;
  readonly port: number;
}

/** Addresses of the API server that share ports. */
export interface ApiServerEndpoint {
  /** Single addresses as CIDRs: 10.0.0.1/32, fd00::1/128. Sorted. */
  readonly cidrs: readonly string[];
  /** Sorted. */
  readonly ports: readonly NetworkPolicyPort[];
}

/** The facts about the cluster that rendering needs. */
export interface NetworkContext {
  readonly dnsPeers: readonly DnsPeer[];
  /** Empty: not known (yet), so nothing may be allowed. */
  readonly apiServer: readonly ApiServerEndpoint[];
}

/** The operator's knowledge of the cluster's DNS, in words that continue `DNS: `; of Unknown a sentence. */
export interface DnsState {
  /** Whether pods that are allowed the peers can resolve names. Unverified: nothing that the operator sees shows it. */
  readonly state: 'Found' | 'Unverified' | 'Unknown';
  /** What was found; of Unknown the cause and the cure. */
  readonly message: string;
}

/** The facts about the cluster, with what is known of them. */
export interface ClusterFacts {
  readonly context: NetworkContext;
  /** Addresses that vanished stay in the context for a while. */
  readonly apiServerKnown: boolean;
  readonly dns: DnsState;
}
