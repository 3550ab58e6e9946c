import { parseReference } from '../api/image-reference.ts';
import type { OperatorSettings } from '../operator/settings.ts';
import { DEFAULT_DNS_PEERS, parseDnsPeers } from '../policy/sections/network/dns.ts';
import { parseAllowedRegistries } from '../scan/registry/egress-policy.ts';
import { defaultDatabaseRepository, parseDatabaseRepository } from '../scan/scanner/database/database-repository.ts';
import { parseDuration } from './duration.ts';
import { parseQuantity } from './quantity.ts';
import { UsageError } from './usage-error.ts';

/** A setting of the operator: a flag with a twin in the environment. */
export interface Setting<Value = unknown> {
  /** Without dashes: `log-level` is the flag --log-level and the variable PALISADE_LOG_LEVEL. */
  readonly name: string;
  /** What stands for the value in --help. */
  readonly argument: string;
  /** What the flag means without a value. Absent: it needs one. */
  readonly bare?: string;
  readonly description: string;
  /** As somebody would write it. Absent: the setting may be missing. */
  readonly fallback?: string;
  /** The fallback in words, where it depends on something. */
  readonly fallbackInWords?: string;
  /** @throws Error whose message continues `--name: ` and says what would be right */
  read(text: string): Value;
}

type Settings = { readonly [Key in keyof OperatorSettings]-?: Setting<NonNullable<OperatorSettings[Key]>> };

export type Environment = Readonly<Record<string, string | undefined>>;

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const PREFIX = /^[a-z0-9][-a-z0-9]{0,61}\*$/;
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$/i;

const namespaces = (text: string): string[] => {
  if (text.trim() === '') return [];
  const names = text.split(',').map((n) => n.trim());
  const wrong = names.find((n) => !DNS_LABEL.test(n));
  if (wrong !== undefined) {
    throw new Error(
      `"${wrong}" is not the name of a namespace: write names with commas between them, as in team-a,team-b`,
    );
  }
  return [...new Set(names)];
};

const reservedNamespaces = (text: string): string[] => {
  const names = text.split(',').map((n) => n.trim());
  const wrong = names.find((n) => !DNS_LABEL.test(n) && !PREFIX.test(n));
  if (wrong !== undefined) {
    throw new Error(
      `"${wrong}" is neither the name of a namespace nor a prefix: write them with commas between them, as in kube-*,palisade-system`,
    );
  }
  return [...new Set(names)];
};

/** @throws Error when the text is no whole number within the bounds */
const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (!(number >= least && number <= most))
      throw new Error(`"${text}" is not a whole number from ${least} to ${most}`);
    return number;
  };

/** @param least @param most as people write them */
const duration = (least: string, most: string) => {
  const [from, to] = [parseDuration(least) ?? 0, parseDuration(most) ?? 0];
  return (text: string): number => {
    const ms = parseDuration(text);
    if (ms === undefined) throw new Error(`"${text}" is not a duration: write one as in 30s, 10m or 1h30m`);
    if (ms < from || ms > to) throw new Error(`"${text}" is not between ${least} and ${most}`);
    return ms;
  };
};

const quantity = (least: string) => {
  const from = parseQuantity(least) ?? 0;
  return (text: string): number => {
    const bytes = parseQuantity(text);
    if (bytes === undefined) throw new Error(`"${text}" is not a size: write one as in 512Mi or 4Gi`);
    if (bytes < from) throw new Error(`"${text}" is less than ${least}`);
    return bytes;
  };
};

const serverUrl = (text: string): URL => {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new Error(`"${text}" is not a URL: write one as in http://trivy.trivy-system:4954`);
  }
  return url;
};

const image = (text: string): string => {
  if (parseReference(text) === undefined) {
    throw new Error(`"${text}" is not an image: write one as in registry.example.com/palisade:0.1.0`);
  }
  return text;
};

const namespace = (text: string): string => {
  if (!DNS_LABEL.test(text))
    throw new Error(`"${text}" is not the name of a namespace: write one as in palisade-system`);
  return text;
};

const databaseRepository = (text: string): string => {
  try {
    parseDatabaseRepository(text);
  } catch {
    throw new Error(`"${text}" is no repository: write one as in ${defaultDatabaseRepository}`);
  }
  return text;
};

const dnsPeers = (text: string): string => {
  parseDnsPeers(text);
  return text;
};

const address = (text: string): string => {
  if (text === '0') return text;
  const at = text.lastIndexOf(':');
  const port = text.slice(at + 1);
  if (at < 0 || !HOST.test(text.slice(0, at)) || !/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    throw new Error(`"${text}" is not an address: write host:port, :port for all addresses, or 0 to serve nothing`);
  }
  return text;
};

const oneOf =
  <Value extends string>(...values: readonly Value[]) =>
  (text: string): Value => {
    const value = values.find((v) => v === text);
    if (value === undefined) throw new Error(`"${text}" is not one of ${values.join(', ')}`);
    return value;
  };

/** Every setting of the operator, in the order of --help. */
export const OPERATOR_SETTINGS: Settings = {
  kubeconfig: {
    name: 'kubeconfig',
    argument: 'path',
    description: 'which cluster, and as whom',
    fallbackInWords: "KUBECONFIG, ~/.kube/config, or the pod's ServiceAccount",
    read: (text) => text,
  },
  namespaces: {
    name: 'namespaces',
    argument: 'a,b',
    description: 'reconcile policies of these namespaces only',
    fallback: '',
    fallbackInWords: 'all',
    read: namespaces,
  },
  reservedNamespaces: {
    name: 'reserved-namespaces',
    argument: 'a,b*',
    description:
      'where no policy takes effect: names, or prefixes that end in *; the fence in config/admission has its own',
    fallbackInWords: "kube-*, and the operator's own",
    read: reservedNamespaces,
  },
  workers: {
    name: 'workers',
    argument: 'n',
    description: 'policies reconciled at the same time, 1 to 64',
    fallback: '4',
    read: wholeNumber(1, 64),
  },
  resyncMs: {
    name: 'resync',
    argument: 'duration',
    description: 'look at every policy again after this time, 10s to 24h',
    fallback: '10m',
    read: duration('10s', '24h'),
  },
  dnsPeers: {
    name: 'dns-peers',
    argument: 'peers',
    description: "the cluster's DNS, as namespace/label=value:port or cidr:port, with commas",
    fallback: DEFAULT_DNS_PEERS,
    read: dnsPeers,
  },
  leaderElect: {
    name: 'leader-elect',
    argument: 'boolean',
    bare: 'true',
    description: 'only one of several operators works, and the others stand by',
    fallbackInWords: 'true in a cluster, else false',
    read: (text) => oneOf('true', 'false')(text) === 'true',
  },
  leaderElectNamespace: {
    name: 'leader-elect-resource-namespace',
    argument: 'namespace',
    description: 'where the Lease is',
    fallbackInWords: "the pod's namespace, or palisade-system",
    read: namespace,
  },
  leaseDurationMs: {
    name: 'leader-elect-lease-duration',
    argument: 'duration',
    description: 'a leader that has not renewed for so long is replaced, 3s to 10m',
    fallback: '15s',
    read: duration('3s', '10m'),
  },
  renewDeadlineMs: {
    name: 'leader-elect-renew-deadline',
    argument: 'duration',
    description: 'a leader that could not renew for so long gives up, 2s to 10m',
    fallback: '10s',
    read: duration('2s', '10m'),
  },
  retryPeriodMs: {
    name: 'leader-elect-retry-period',
    argument: 'duration',
    description: 'the pause between two tries, 1s to 10m',
    fallback: '2s',
    read: duration('1s', '10m'),
  },
  metricsAddress: {
    name: 'metrics-address',
    argument: 'host:port',
    description: 'serve /metrics there; :8080 is port 8080 of all addresses, 0 serves nothing',
    fallback: '127.0.0.1:8080',
    read: address,
  },
  healthAddress: {
    name: 'health-address',
    argument: 'host:port',
    description: 'serve /healthz and /readyz there; 0 serves nothing',
    fallback: '127.0.0.1:8081',
    read: address,
  },
  reportAddress: {
    name: 'report-address',
    argument: 'host:port',
    description: 'serve reports of ImageScans there, to whoever may get imagescans/report; 0 serves nothing',
    fallback: '127.0.0.1:8082',
    read: address,
  },
  scannerMode: {
    name: 'scanner-mode',
    argument: 'mode',
    description:
      'local; server: match by a Trivy server, --trivy-server; job: look into each image in a Job, --job-image',
    fallback: 'local',
    read: oneOf('local', 'server', 'job'),
  },
  trivy: {
    name: 'trivy',
    argument: 'path',
    description: 'the scanner, Trivy 0.68 or later',
    fallbackInWords: 'trivy on the PATH',
    read: (text) => text,
  },
  trivyServer: {
    name: 'trivy-server',
    argument: 'url',
    description: 'a Trivy server that matches SBOMs, for scanner modes server and job',
    fallbackInWords: 'none',
    read: serverUrl,
  },
  jobImage: {
    name: 'job-image',
    argument: 'image',
    description: 'the image of Palisade that Jobs run, for scanner mode job',
    fallbackInWords: 'none',
    read: image,
  },
  jobNamespace: {
    name: 'job-namespace',
    argument: 'name',
    description: 'where Jobs run, with config/job-scanner in it, for scanner mode job',
    fallbackInWords: 'that of the pod, or palisade-system',
    read: namespace,
  },
  trivyDbRepository: {
    name: 'trivy-db-repository',
    argument: 'repository',
    description: 'where the vulnerability database comes from',
    fallback: defaultDatabaseRepository,
    read: databaseRepository,
  },
  trivyDbIntervalMs: {
    name: 'trivy-db-interval',
    argument: 'duration',
    description: 'look for a newer vulnerability database after this time, 1s to 24h',
    fallback: '1h',
    read: duration('1s', '24h'),
  },
  reportDir: {
    name: 'report-dir',
    argument: 'path',
    description: 'directory of reports, SBOMs and the vulnerability database, of one operator alone',
    fallbackInWords: 'palisade in XDG_STATE_HOME or ~/.local/state',
    read: (text) => text,
  },
  reportDirBytes: {
    name: 'report-dir-size',
    argument: 'size',
    description: 'what reports and SBOMs may take together, at least 16Mi',
    fallback: '2Gi',
    read: quantity('16Mi'),
  },
  scanConcurrency: {
    name: 'scan-concurrency',
    argument: 'n',
    description: 'scans that run at the same time, 1 to 32',
    fallback: '2',
    read: wholeNumber(1, 32),
  },
  scanTimeoutMs: {
    name: 'scan-timeout',
    argument: 'duration',
    description: 'how long pulling an image, and scanning it, may take each, 10s to 2h',
    fallback: '10m',
    read: duration('10s', '2h'),
  },
  scanMemoryBytes: {
    name: 'scan-memory',
    argument: 'size',
    description: 'memory of the scanner in one scan, at least 128Mi',
    fallback: '1Gi',
    read: quantity('128Mi'),
  },
  scanDiskBytes: {
    name: 'scan-disk',
    argument: 'size',
    description: 'disk of one scan, at least 128Mi',
    fallback: '10Gi',
    read: quantity('128Mi'),
  },
  scanImageBytes: {
    name: 'scan-image-size',
    argument: 'size',
    description: 'the layers of an image together, as they are pulled, at least 1Mi',
    fallback: '4Gi',
    read: quantity('1Mi'),
  },
  allowedRegistries: {
    name: 'allowed-registries',
    argument: 'a,b',
    description: 'registries that images may come from: host, host:port, *.example.com',
    fallback: '',
    fallbackInWords: 'all',
    read: parseAllowedRegistries,
  },
  openReports: {
    name: 'openreports',
    argument: 'boolean',
    bare: 'true',
    description: 'keep a Report of openreports.io for each ImageScan, where its CRD is installed',
    fallback: 'false',
    read: (text) => oneOf('true', 'false')(text) === 'true',
  },
  logLevel: {
    name: 'log-level',
    argument: 'level',
    description: 'trace, debug, info, warn or error',
    fallback: 'info',
    read: oneOf('trace', 'debug', 'info', 'warn', 'error'),
  },
  logFormat: {
    name: 'log-format',
    argument: 'format',
    description: 'json or text',
    fallbackInWords: 'json; text when stderr is a terminal',
    read: oneOf('json', 'text'),
  },
};

export const environmentName = ({ name }: Setting): string => `PALISADE_${name.toUpperCase().replaceAll('-', '_')}`;

/** @throws UsageError */
export const readSetting = <Value>(
  setting: Setting<Value>,
  flag: string | undefined,
  environment: Environment,
): Value | undefined => {
  const variable = environmentName(setting);
  // Manifests often set a variable to nothing to say that it is not set.
  const inherited = environment[variable] === '' ? undefined : environment[variable];
  const text = flag ?? inherited ?? setting.fallback;
  if (text === undefined) return undefined;
  try {
    if (text === '' && setting.fallback !== '') throw new Error('it is empty: write a value, or leave it out');
    return setting.read(text);
  } catch (error) {
    throw new UsageError(`${flag === undefined ? variable : `--${setting.name}`}: ${(error as Error).message}`);
  }
};

/**
 * The operator's settings: a flag wins over the environment, and the environment over the default.
 * @param flags values of flags by the name of the setting, as in `log-level`
 * @throws UsageError that names the first wrong setting, and what would be right
 */
export const readOperatorSettings = (
  flags: Readonly<Record<string, string | undefined>>,
  environment: Environment,
  stderrIsTerminal: boolean,
): OperatorSettings => {
  const entries = Object.entries(OPERATOR_SETTINGS).map(([key, setting]) => [
    key,
    readSetting<unknown>(setting, flags[setting.name], environment),
  ]);
  const settings: OperatorSettings = {
    logFormat: stderrIsTerminal ? 'text' : 'json',
    ...Object.fromEntries(entries.filter(([, value]) => value !== undefined)),
  };
  checkScannerMode(settings);
  checkLeaderElection(settings);
  return settings;
};

/** @throws UsageError */
const checkScannerMode = ({ scannerMode, trivyServer, jobImage, jobNamespace }: OperatorSettings): void => {
  if (scannerMode === 'job' ? jobImage === undefined : jobImage !== undefined || jobNamespace !== undefined) {
    throw new UsageError('--scanner-mode job and --job-image go together, and --job-namespace is for them only');
  }
  if (scannerMode !== 'job' && (scannerMode === 'server') !== (trivyServer !== undefined)) {
    throw new UsageError('--scanner-mode server and --trivy-server go together: give both, or neither');
  }
};

/** @throws UsageError */
const checkLeaderElection = ({ leaseDurationMs, renewDeadlineMs, retryPeriodMs }: OperatorSettings): void => {
  if (leaseDurationMs > renewDeadlineMs && renewDeadlineMs > retryPeriodMs) return;
  throw new UsageError(
    '--leader-elect-lease-duration must be longer than --leader-elect-renew-deadline, and that longer than --leader-elect-retry-period',
  );
};
