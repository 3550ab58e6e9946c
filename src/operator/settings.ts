import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Labels } from '../api/child-labels.ts';

/** The settings of the operator, read and checked by src/cli. */
export interface OperatorSettings {
  /** Path of a kubeconfig; absent: KUBECONFIG, ~/.kube/config, or the ServiceAccount of the pod. */
  readonly kubeconfig?: string;
  /** The only namespaces whose policies are reconciled; empty: all. */
  readonly namespaces: readonly string[];
  /** Namespaces in which no policy takes effect: names, or prefixes that end in `*`; absent: defaultReservedNamespaces. */
  readonly reservedNamespaces?: readonly string[];
  /** Policies reconciled at the same time. */
  readonly workers: number;
  /** Resync period of policies and ImageScans, milliseconds. */
  readonly resyncMs: number;
  /** The cluster's DNS, in the form that parseDnsSetting reads. */
  readonly dnsPeers: string;
  /** The cluster's DNS Service as `namespace/name`; absent: where platforms have it. */
  readonly dnsService?: string;
  /** Of every generated object, besides those of Palisade and of its policy. */
  readonly childLabels?: Labels;
  /** Whether replicas elect a leader; absent: in a cluster. */
  readonly leaderElect?: boolean;
  /** Namespace of the Lease; absent: the namespace of this pod, or palisade-system. */
  readonly leaderElectNamespace?: string;
  /** Milliseconds; see LeaderElection of src/kube. */
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
  /** `host:port` to serve /metrics on, `0` to serve none. */
  readonly metricsAddress: string;
  /** With more namespaces than these, metrics have only sums; 0: always. */
  readonly metricsPerNamespace: number;
  /** `host:port` to serve /healthz and /readyz on, `0` to serve none. */
  readonly healthAddress: string;
  /** `host:port` to serve reports on, `0` to serve none. */
  readonly reportAddress: string;
  /** local: here; server: images are matched by a Trivy server; job: they are analyzed in Jobs. */
  readonly scannerMode: 'local' | 'server' | 'job';
  /** Path of Trivy; absent: the first one on the PATH. */
  readonly trivy?: string;
  readonly trivyServer?: URL;
  /** For mode job: the image of Palisade that Jobs run. */
  readonly jobImage?: string;
  /** For mode job: namespace of the Jobs; absent: the namespace of this pod, or palisade-system. */
  readonly jobNamespace?: string;
  /** OCI repository of the vulnerability database, in the form that parseDatabaseRepository reads. */
  readonly trivyDbRepository: string;
  /** OCI repository of the index of jars, in the form that parseJarIndexRepository reads. */
  readonly trivyJavaDbRepository: string;
  /** Milliseconds between checks for a newer vulnerability database. */
  readonly trivyDbIntervalMs: number;
  /** EPSS and KEV: a path, or an artifact, in the form that parseEnrichmentPlace reads; absent: they are not used. */
  readonly enrichment?: string;
  /** Directory of reports, analyses and the vulnerability database; absent: that of stateDirectory. */
  readonly reportDir?: string;
  /** Maximum total size of reports and analyses, bytes. */
  readonly reportDirBytes: number;
  /** Scans that run at the same time. */
  readonly scanConcurrency: number;
  /** Bounds on one scan: milliseconds for the pull and for the scanner each, and bytes. */
  readonly scanTimeoutMs: number;
  readonly scanMemoryBytes: number;
  readonly scanDiskBytes: number;
  readonly scanImageBytes: number;
  /** Registries that images may come from, as parseAllowedRegistries gives them; empty: all. */
  readonly allowedRegistries: readonly string[];
  /** Whether a Report of openreports.io is kept for each ImageScan. */
  readonly openReports: boolean;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'json' | 'text';
}

const STATE_HOME = '.local/state';
const STATE_DIRECTORY = 'palisade';

/** The directory of an operator outside a cluster, by the XDG base directory specification. */
export const stateDirectory = (environment: NodeJS.ProcessEnv): string =>
  join(environment.XDG_STATE_HOME || join(homedir(), STATE_HOME), STATE_DIRECTORY);

const NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';
/** As in config/namespace. */
export const DEFAULT_NAMESPACE = 'palisade-system';

/** The namespace of this process's pod; outside a pod the default of config/namespace. */
export const ownNamespace = (): string => {
  try {
    return readFileSync(NAMESPACE_FILE, 'utf8').trim() || DEFAULT_NAMESPACE;
  } catch {
    return DEFAULT_NAMESPACE;
  }
};

const RESERVED_PREFIX = 'kube-*';

/** As in config/admission/reserved-namespaces.yaml, for an operator in the namespace of config/namespace. */
export const defaultReservedNamespaces = (): string[] => [RESERVED_PREFIX, ownNamespace()];

/** Defaults that depend on the machine or the cluster, for --help and the documentation. */
export const DEFAULTS_IN_WORDS = {
  namespace: `the pod's namespace, or ${DEFAULT_NAMESPACE}`,
  reservedNamespaces: `${RESERVED_PREFIX}, and the operator's own`,
  reportDir: `${STATE_DIRECTORY} in XDG_STATE_HOME or ~/${STATE_HOME}`,
} as const;
