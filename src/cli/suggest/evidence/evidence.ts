import type { Port } from '../../../api/policy.ts';
import type { Labels } from '../../../reach/world.ts';
import type { Scene } from '../scene.ts';
import type { Workload } from '../workloads.ts';

/** An end of a connection. */
export type Party =
  | { readonly type: 'Workload'; readonly workload: Workload }
  /** The pods of a Service that the world does not have. */
  | { readonly type: 'Selected'; readonly namespace: string; readonly labels: Labels }
  | { readonly type: 'Namespace'; readonly namespace: string }
  | { readonly type: 'Network'; readonly cidr: string };

/** A connection that something in the world declares. */
export interface Connection {
  readonly from: Party;
  readonly to: Party;
  /** Those of the pods. */
  readonly ports: readonly Port[];
  /** The evidence, as `Deployment web: env DB_URL names Service db`. */
  readonly why: string;
}

/** Something that the suggestion does not know, with the cure; it becomes a comment. */
export interface Gap {
  /** Absent: neither direction alone. */
  readonly direction?: 'ingress' | 'egress';
  readonly text: string;
  /** Whom it is about, where several may have the same. */
  readonly of?: string;
}

/** A workload that connects to the API server. */
export interface ApiClient {
  readonly workload: Workload;
  readonly why: string;
}

export interface Evidence {
  readonly connections: readonly Connection[];
  readonly gaps: readonly Gap[];
  readonly apiClients: readonly ApiClient[];
}

/** Connections of other namespaces may be among them; gaps are those of the namespace. */
export type Source = (scene: Scene) => Partial<Evidence>;

export const together = (parts: readonly Partial<Evidence>[]): Evidence => ({
  connections: parts.flatMap(({ connections = [] }) => connections),
  gaps: parts.flatMap(({ gaps = [] }) => gaps),
  apiClients: parts.flatMap(({ apiClients = [] }) => apiClients),
});
