import type { OperatorSettings } from '../operator/settings.ts';
import { DEFAULT_DNS_PEERS, parseDnsPeers } from '../policy/network/dns.ts';
import { parseDuration } from './duration.ts';
import { UsageError } from './usage-error.ts';

/** A setting of the operator: a flag with a twin in the environment. */
export interface Setting<Value = unknown> {
  /** Without dashes: `log-level` is the flag --log-level and the variable PALISADE_LOG_LEVEL. */
  readonly name: string;
  /** What stands for the value in --help. */
  readonly argument: string;
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
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$/i;
const SHORTEST_RESYNC = 10_000;
const LONGEST_RESYNC = 24 * 3_600_000;

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

const workers = (text: string): number => {
  const number = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > 64) throw new Error(`"${text}" is not a whole number from 1 to 64`);
  return number;
};

const resync = (text: string): number => {
  const ms = parseDuration(text);
  if (ms === undefined) throw new Error(`"${text}" is not a duration: write one as in 30s, 10m or 1h30m`);
  if (ms < SHORTEST_RESYNC || ms > LONGEST_RESYNC) throw new Error(`"${text}" is not between 10s and 24h`);
  return ms;
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
  workers: {
    name: 'workers',
    argument: 'n',
    description: 'policies reconciled at the same time, 1 to 64',
    fallback: '4',
    read: workers,
  },
  resyncMs: {
    name: 'resync',
    argument: 'duration',
    description: 'look at every policy again after this time, 10s to 24h',
    fallback: '10m',
    read: resync,
  },
  dnsPeers: {
    name: 'dns-peers',
    argument: 'peers',
    description: "the cluster's DNS, as namespace/label=value:port or cidr:port, with commas",
    fallback: DEFAULT_DNS_PEERS,
    read: dnsPeers,
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
  return {
    logFormat: stderrIsTerminal ? 'text' : 'json',
    ...Object.fromEntries(entries.filter(([, value]) => value !== undefined)),
  };
};
