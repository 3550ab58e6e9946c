import type { Labels, Protocol, WorkloadRef } from '../../reach/world.ts';

/** One end of a connection, as far as a flow log names it. At least one of the fields is there. */
export interface ObservedEnd {
  readonly address?: string;
  readonly namespace?: string;
  /** The name of the pod. */
  readonly pod?: string;
  /** What the names of several pods begin with: Calico aggregates the pods of a ReplicaSet as `web-755cdc7957-*`. */
  readonly podPrefix?: string;
  readonly workload?: WorkloadRef;
  /** Those that the log has: network plug-ins leave some out. */
  readonly labels?: Labels;
  /** No pod, by what the log says. Private: an address that may be a node's. OwnNode: the node of the other end. */
  readonly outside?: 'World' | 'Private' | 'Node' | 'OwnNode' | 'Proxy';
  /** Of a node: its name. */
  readonly node?: string;
  /** Of a destination: the Service that the client connected to. */
  readonly service?: { readonly namespace: string; readonly name: string };
}

/** A connection of a flow log. Equal ones are one. */
export interface ObservedConnection {
  readonly source: ObservedEnd;
  readonly destination: ObservedEnd;
  /** At the destination itself, after the translation from a Service, as far as the log has it. */
  readonly port: number;
  readonly protocol: Protocol;
  /** Flows that were forwarded. Where both ends report a flow, it counts once. */
  readonly flows: number;
  /** Flows that a policy denied, or that were dropped otherwise. */
  readonly denied: number;
  /** Whether it worked when the flows were recorded: an end that denies it makes it fail. */
  readonly works: boolean;
  /** Milliseconds since 1970; absent: the log has no times. */
  readonly lastSeen?: number;
}

/** One flow of a log. */
export interface ObservedFlow extends Pick<ObservedConnection, 'source' | 'destination' | 'port' | 'protocol'> {
  readonly verdict: 'Forwarded' | 'Denied';
  /** The end that reports it; absent: the log does not say. */
  readonly reporter?: 'Source' | 'Destination';
  /** How many flows the record stands for. */
  readonly count: number;
  readonly time?: number;
}

/** Why a record is no connection: continues `3 records are …`. */
export const SKIPPED = {
  Reply: 'replies',
  DirectionUnknown: 'packets of which Hubble does not know whether they are replies',
  Translation: 'translations of addresses, whose packets have records of their own',
  Protocol: 'of protocols without ports, such as ICMP, which NetworkPolicies do not govern',
  NoPort: 'without a port of the destination',
  NoVerdict: 'neither forwarded nor denied',
  Unanswered: 'attempts that nothing answered',
  Local: 'within a host, or multicast',
  OtherEvent: 'events other than flows',
  Lost: 'reports of Hubble that it lost events, so that connections may be missing',
} as const;

export type SkipReason = keyof typeof SKIPPED;

/** What a record of a log means. Undefined: the record has another format. */
export type ReadRecord =
  | { readonly flow: ObservedFlow }
  | { readonly skipped: SkipReason }
  /** The cause, with the cure where there is one. */
  | { readonly unreadable: string }
  | undefined;
