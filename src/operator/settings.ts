/** What the operator is told from outside, read and checked by src/cli. */
export interface OperatorSettings {
  /** Path of a kubeconfig; absent: KUBECONFIG, ~/.kube/config, or the ServiceAccount of the pod. */
  readonly kubeconfig?: string;
  /** The only namespaces whose policies are reconciled; empty: all. */
  readonly namespaces: readonly string[];
  /** Policies reconciled at the same time. */
  readonly workers: number;
  /** Milliseconds after which every policy is looked at again though nothing was seen to change. */
  readonly resyncMs: number;
  /** Where the cluster's DNS is, in the form that parseDnsPeers reads. */
  readonly dnsPeers: string;
  /** `host:port` to serve /metrics on, `0` to serve none. */
  readonly metricsAddress: string;
  /** `host:port` to serve /healthz and /readyz on, `0` to serve none. */
  readonly healthAddress: string;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'json' | 'text';
}
