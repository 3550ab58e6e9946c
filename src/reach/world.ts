/** The facts that reachability depends on. Pure data: whoever has a cluster or files fills it. */
import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';

export type Labels = Readonly<Record<string, string>>;
export type Protocol = 'TCP' | 'UDP' | 'SCTP';

export interface World {
  readonly namespaces: readonly ReachNamespace[];
  readonly pods: readonly ReachPod[];
  readonly services: readonly ReachService[];
  readonly slices: readonly ReachSlice[];
  readonly policies: readonly ReachPolicy[];
  /** Absent: no node is known. */
  readonly nodes?: readonly ReachNode[];
  /** Files, or those namespaces that somebody may read, describe it: another namespace may exist all the same. */
  readonly partial?: 'Files' | 'Readable';
}

export interface ReachNamespace {
  readonly name: string;
  /** Absent: unknown, as for a namespace that no file describes. The API server sets the label of its name anyway. */
  readonly labels?: Labels;
  /** It may have other pods than those of the world: nobody may read them, or no file has them. */
  readonly podsUnknown?: true;
}

export interface ReachNode {
  readonly name: string;
  readonly addresses: readonly string[];
}

export interface WorkloadRef {
  readonly kind: string;
  readonly name: string;
}

/** A port that a container declares; init containers count when they are sidecars. */
export interface ContainerPort {
  readonly port: number;
  readonly name?: string;
  readonly protocol: Protocol;
  /** A sidecar declares it. */
  readonly sidecar?: true;
}

/** Planned: a pod of a template, or a hypothetical one. Finished: no container of it runs, or will run. */
export type PodState = 'Running' | 'Planned' | 'Finished';

export interface ReachPod {
  readonly namespace: string;
  /** Of a planned pod: that of its workload, or what it is called in a sentence. */
  readonly name: string;
  readonly labels: Labels;
  readonly ports: readonly ContainerPort[];
  /** Absent: not known yet. */
  readonly addresses?: readonly string[];
  readonly state: PodState;
  readonly hostNetwork?: boolean;
  readonly node?: string;
  readonly workload?: WorkloadRef;
  /** The ports at which the pod asks to be scraped, by the annotations prometheus.io/scrape and prometheus.io/port. */
  readonly scrapePorts?: readonly number[];
}

/** Whether a container of it runs, or will run. */
export const isLive = ({ state }: Pick<ReachPod, 'state'>): boolean => state !== 'Finished';

export interface ServicePort {
  readonly port: number;
  readonly name?: string;
  readonly protocol: Protocol;
  /** Absent: the same as port. */
  readonly targetPort?: number | string;
  /** At every address of every node. */
  readonly nodePort?: number;
}

export interface ReachService {
  readonly namespace: string;
  readonly name: string;
  /** Empty: headless, and a connection goes to the pods' own ports. Absent: not assigned yet. */
  readonly clusterIPs?: readonly string[];
  /** By which others than pods reach it: of load balancers, and those of spec.externalIPs. */
  readonly externalIPs?: readonly string[];
  /** Absent: the Service selects no pods, and somebody else writes its EndpointSlices. */
  readonly selector?: Labels;
  readonly ports: readonly ServicePort[];
  /** Of type ExternalName. */
  readonly externalName?: string;
}

export interface SliceEndpoint {
  readonly addresses: readonly string[];
  /** In the namespace of the slice. */
  readonly pod?: string;
  /** No connection through the cluster IP of the Service arrives there now. */
  readonly unready?: true;
}

export interface ReachSlice {
  readonly namespace: string;
  /** The label kubernetes.io/service-name. */
  readonly service: string;
  readonly endpoints: readonly SliceEndpoint[];
  /** Absent number: every port. */
  readonly ports: readonly { readonly name?: string; readonly port?: number; readonly protocol: Protocol }[];
}

/** A NetworkPolicy, with the policy that it was rendered from. */
export interface ReachPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly spec: NetworkPolicySpec;
  /** Absent: the NetworkPolicy is nobody's of ours. */
  readonly origin?: PolicyOrigin;
}

/** The ContainerSecurityPolicy, and the rules of it that each rule of the NetworkPolicy says. */
export interface PolicyOrigin {
  readonly namespace: string;
  readonly name: string;
  readonly ingress: readonly (readonly RuleSource[])[];
  readonly egress: readonly (readonly RuleSource[])[];
}

/** A part of spec.network.allow. */
export interface RuleSource {
  /** `ingress[1]`, `dns`, `sameNamespace`, `apiServer`. */
  readonly field: string;
  readonly description?: string;
}
