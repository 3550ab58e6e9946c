/** A text of a workload's configuration, under the name that it has there. */
export interface Setting {
  /** Of a variable, a flag or a field; empty: it has none. */
  readonly key: string;
  readonly value: string;
  /** The values beside it, by the words of their keys: DB_PORT is beside DB_HOST. */
  readonly siblings: ReadonlyMap<string, string>;
}

/** `DB_HOST`, `db-host` and `dbHost` have the same words. */
export const wordsOf = (key: string): string[] =>
  key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');

export const wordKey = (words: readonly string[]): string => words.join('_');

/** Settings that are beside each other. */
export const besideEachOther = (pairs: readonly (readonly [key: string, value: string])[]): Setting[] => {
  const siblings = new Map(pairs.map(([key, value]) => [wordKey(wordsOf(key)), value]));
  return pairs.map(([key, value]) => ({ key, value, siblings }));
};

const HOST_WORDS = new Set([
  ...[
    'host',
    'hosts',
    'hostname',
    'hostnames',
    'server',
    'servers',
    'service',
    'addr',
    'addrs',
    'address',
    'addresses',
  ],
  ...['url', 'urls', 'uri', 'uris', 'endpoint', 'endpoints', 'broker', 'brokers', 'upstream', 'upstreams', 'backend'],
  ...['target', 'targets', 'dsn', 'nodes', 'peers', 'seeds', 'sentinels', 'fqdn', 'origin', 'bootstrap', 'proxy'],
]);

/** Values of these are seldom anything but a host. */
const STRONG_WORDS = new Set([
  ...['host', 'hosts', 'hostname', 'hostnames', 'addr', 'addrs', 'address', 'addresses', 'url', 'urls', 'uri', 'uris'],
  ...['endpoint', 'endpoints', 'broker', 'brokers', 'dsn'],
]);

/** After one of the former, they make another thing of it: SERVICE_NAME, BACKEND_TYPE. */
const QUALIFIERS = new Set([
  ...['name', 'type', 'driver', 'class', 'id', 'user', 'username', 'password', 'path', 'port', 'ports', 'mode', 'kind'],
  ...['prefix', 'format', 'label', 'role', 'version', 'account', 'engine', 'timeout', 'key', 'scheme', 'protocol'],
]);

/** Names that others know the workload by, or that it accepts: it does not connect to them. */
const NOT_A_DESTINATION = new Set([
  ...['san', 'sans', 'dns', 'cn', 'sni', 'servername', 'allowed', 'trusted', 'cors', 'csrf', 'cookie', 'virtual'],
  ...[
    'no',
    'non',
    'noproxy',
    'listen',
    'listener',
    'listeners',
    'bind',
    'advertise',
    'advertised',
    'certificate',
    'cert',
  ],
]);

export type Hint = 'Strong' | 'Weak' | 'None' | 'Never';

const lastHostWord = (words: readonly string[]): number =>
  words.findLastIndex((word) => HOST_WORDS.has(word.replace(/\d+$/, '')));

/** Whether a key says that its value is the name of a host. */
export const hintOf = (key: string): Hint => {
  const words = wordsOf(key);
  if (words.some((word) => NOT_A_DESTINATION.has(word))) return 'Never';
  const at = lastHostWord(words);
  if (at < 0) return 'None';
  const rest = words[at]?.startsWith('host') && words[at + 1] === 'name' ? words.slice(at + 2) : words.slice(at + 1);
  if (rest.some((word) => QUALIFIERS.has(word))) return 'None';
  return STRONG_WORDS.has(words[at]!.replace(/\d+$/, '')) ? 'Strong' : 'Weak';
};

/** The port beside a host: DB_PORT of DB_HOST. */
export const portBeside = ({ key, siblings }: Setting): number | undefined => {
  const words = wordsOf(key);
  const at = lastHostWord(words);
  if (at < 0) return undefined;
  const isHostName = words[at]?.startsWith('host') && words[at + 1] === 'name';
  const portWords = words.toSpliced(at, isHostName ? 2 : 1, 'port');
  const port = siblings.get(wordKey(portWords)) ?? siblings.get(wordKey([...portWords, 'number']));
  return port !== undefined && /^\d{1,5}$/.test(port.trim()) ? Number(port) : undefined;
};
