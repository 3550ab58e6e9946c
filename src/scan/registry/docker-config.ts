import { isObject } from '../../text/is-object.ts';
import type { Repository } from '../image.ts';
import { ScanError } from '../scan-error.ts';
import type { Credentials } from './credentials.ts';

/** Credentials for the registries and paths that match. */
export interface DockerConfigEntry {
  /** Lower case, each of its labels a glob; with its port if it was given. */
  readonly host: string;
  /** '' or, with its leading slash, what a repository's path begins with. */
  readonly path: string;
  /** Absent: the entry has none that can be used. */
  readonly credentials?: Credentials;
  /** Why not, as the end of a sentence. */
  readonly unusable?: string;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const DOCKER_HUB = 'docker.io';

/** Splits a key as kubelet does: no scheme, and `/v1/` and `/v2/` are the registry's API, not part of a path. */
const place = (key: string): Pick<DockerConfigEntry, 'host' | 'path'> => {
  const named = key.trim().replace(/^https?:\/\//i, '');
  const slash = named.indexOf('/');
  const host = (slash === -1 ? named : named.slice(0, slash)).toLowerCase();
  const path = (slash === -1 ? '' : named.slice(slash)).replace(/^\/v[12](?=\/|$)/, '');
  return { host: host === 'index.docker.io' ? DOCKER_HUB : host, path: path === '/' ? '' : path };
};

const decode = (auth: string): Credentials | undefined => {
  const decoded = BASE64.test(auth) ? Buffer.from(auth, 'base64').toString('utf8') : '';
  const colon = decoded.indexOf(':');
  return colon === -1 ? undefined : { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
};

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** As Docker and kubelet do, `auth` counts before username and password. */
const read = (value: unknown): Pick<DockerConfigEntry, 'credentials' | 'unusable'> => {
  const { auth, username, password, identitytoken, registrytoken } = isObject(value) ? value : {};
  const encoded = text(auth).trim();
  const credentials = encoded === '' ? { username: text(username), password: text(password) } : decode(encoded);
  if (credentials === undefined) return { unusable: 'its auth is not the base64 of username:password' };
  if (credentials.password !== '') return { credentials };
  if (identitytoken || registrytoken) {
    return { unusable: 'it has an identitytoken or registrytoken, which kubelet does not use either' };
  }
  return { unusable: 'it has neither auth nor username and password' };
};

/**
 * Reads what a Secret of type kubernetes.io/dockerconfigjson has under .dockerconfigjson, or kubernetes.io/dockercfg
 * under .dockercfg.
 * @throws Error that shows nothing of the content
 */
export const parseDockerConfig = (content: string): DockerConfigEntry[] => {
  const wrong = 'is not the JSON that docker login writes: {"auths": {"registry.example.com": {"auth": "…"}}}';
  let config: unknown;
  try {
    config = JSON.parse(content);
  } catch {
    // The parser's own message would show the content.
    throw new Error(wrong);
  }
  if (!isObject(config)) throw new Error(wrong);
  const isLegacy = !('auths' in config) && Object.values(config).every(isObject) && !('credHelpers' in config);
  const auths = isLegacy ? config : (config.auths ?? {});
  if (!isObject(auths)) throw new Error(wrong);
  return Object.entries(auths).map(([key, value]) => ({ ...place(key), ...read(value) }));
};

const splitPort = (host: string): [name: string, port: string] => {
  const [, name = host, port = ''] = /^(.*?)(?::(\d+))?$/.exec(host) ?? [];
  return [name, port];
};

/** `*` and `?` within one label, in time that grows with the product of their lengths. */
const matchesLabel = (label: string, glob: string): boolean => {
  let reached = new Set([0]);
  for (const char of glob) {
    const next = new Set<number>();
    if (char === '*') for (let at = Math.min(...reached); at <= label.length; at += 1) next.add(at);
    else for (const at of reached) if (at < label.length && (char === '?' || char === label[at])) next.add(at + 1);
    if (next.size === 0) return false;
    reached = next;
  }
  return reached.has(label.length);
};

const matchesHost = (host: string, glob: string): boolean => {
  const [name, port] = splitPort(host);
  const [globName, globPort] = splitPort(glob);
  const labels = name.split('.');
  const globs = globName.split('.');
  return (
    port === globPort && labels.length === globs.length && labels.every((label, i) => matchesLabel(label, globs[i]!))
  );
};

const isGlob = (host: string): boolean => /[*?]/.test(host);

/**
 * The credentials for a repository by kubelet's rules: the host matches label by label, the path begins with the
 * entry's path. Of several the one with the longest path counts, then one without globs, then the first.
 * @returns undefined when no entry matches
 * @throws ScanError Unauthorized when the entry that counts has no credentials that can be used
 */
export const credentialsFor = (
  entries: readonly DockerConfigEntry[],
  { registry, repository }: Repository,
): Credentials | undefined => {
  const host = registry.toLowerCase();
  const path = `/${repository}`;
  const [best] = entries
    .filter((entry) => path.startsWith(entry.path) && matchesHost(host, entry.host))
    .sort((a, b) => b.path.length - a.path.length || Number(isGlob(a.host)) - Number(isGlob(b.host)));
  if (best === undefined || best.credentials !== undefined) return best?.credentials;
  throw new ScanError(
    'Unauthorized',
    `the pull secret's entry for ${registry} cannot be used, since ${best.unusable}: write username and password, or auth`,
  );
};
