/** What a picture shows; whoever draws it decides nothing. */

/** A workload; every workload of a namespace; or a peer that is no workload of the world. */
export type NodeKind = 'Workload' | 'Everyone' | 'Outside';

export interface GraphNode {
  readonly id: string;
  readonly kind: NodeKind;
  readonly label: string;
  /** The second line: `Deployment`, and marks such as `open to all`. */
  readonly detail: string;
  /** Absent: no namespace. */
  readonly namespace?: string;
  /** No policy isolates a pod of it for Ingress. */
  readonly open: boolean;
}

/** Allowed connections. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** `8080`, `53/UDP`, `all ports` */
  readonly ports: readonly string[];
  /** False: whether it is allowed is unknown, or it is not for all pods. */
  readonly certain: boolean;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** In order. */
  readonly namespaces: readonly string[];
}

export const nodesIn = ({ nodes }: Graph, namespace: string | undefined): GraphNode[] =>
  nodes.filter((node) => node.namespace === namespace);

/** `shop/web`, or the name alone. */
export const fullName = ({ namespace, label }: GraphNode): string =>
  namespace === undefined ? label : `${namespace}/${label}`;
