import type { Secret } from 'kubernetes-types/core/v1.js';
import { RESCAN_ANNOTATION } from '../../api/keys.ts';
import type { Clock } from '../../kube/clock.ts';
import { SECRETS } from '../../kube/kinds.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { KubeClient } from '../../kube/rest/client.ts';
import { classify } from '../../kube/rest/errors.ts';
import { type DockerConfigEntry, parseDockerConfig } from '../registry/docker-config.ts';

/** One Secret as it was last read. */
interface ReadSecret {
  readonly entries: readonly DockerConfigEntry[];
  /** Why it has no usable credentials, with the cure. */
  readonly problem?: string;
  /** Differs when the Secret does. */
  readonly version: string;
}

/** The credentials that an ImageScan names. */
export interface PullCredentials {
  readonly entries: readonly DockerConfigEntry[];
  readonly problems: readonly string[];
  /** Differs when any of the Secrets does, or whether it can be read. */
  readonly version: string;
}

/** Credentials stay in memory for so long: a hundred images of a namespace read its Secret once. */
const KEPT_MS = 60_000;

const unreadable = (namespace: string, name: string, error: unknown): ReadSecret => {
  const failure = classify(error);
  const secret = `Secret ${namespace}/${name}`;
  if (failure === 'Forbidden') {
    const cure = `to grant access, add the Secret to the Role in config/pull-secrets and apply it (kubectl apply -n ${namespace} -k config/pull-secrets); access is checked again every 5 minutes, or at once with the annotation ${RESCAN_ANNOTATION}`;
    return { entries: [], problem: `Palisade may not read ${secret}: ${cure}`, version: failure };
  }
  if (failure === 'NotFound') {
    const cure = 'create it with type kubernetes.io/dockerconfigjson, or remove it from spec.pullSecrets';
    return { entries: [], problem: `${secret} does not exist: ${cure}`, version: failure };
  }
  throw error;
};

/** By type of Secret, the key that holds the credentials. */
const KEYS: ReadonlyMap<string, string> = new Map([
  ['kubernetes.io/dockerconfigjson', '.dockerconfigjson'],
  ['kubernetes.io/dockercfg', '.dockercfg'],
]);

/** @throws Error that shows nothing of the content */
const entriesOf = ({ type = '', data = {} }: Secret): DockerConfigEntry[] => {
  const content = data[KEYS.get(type) ?? ''];
  if (content === undefined) throw new Error(`has type ${type}: create it with type kubernetes.io/dockerconfigjson`);
  return parseDockerConfig(Buffer.from(content, 'base64').toString('utf8'));
};

/** Reads Secrets one by one, by `get` alone, and only those that an ImageScan of their own namespace names. */
export class PullSecrets {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #kept = new Map<string, { readonly until: number; readonly read: Promise<ReadSecret> }>();

  /** @param clock is never set */
  constructor(client: KubeClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** @throws ApiError, NetworkError when it is unknown whether a Secret can be read */
  async read(namespace: string, names: readonly string[]): Promise<PullCredentials> {
    const secrets = await Promise.all(names.map((name) => this.#one(namespace, name)));
    return {
      entries: secrets.flatMap(({ entries }) => entries),
      problems: secrets.flatMap(({ problem }) => problem ?? []),
      version: names.map((name, i) => `${namespace}/${name}@${secrets[i]?.version}`).join(' '),
    };
  }

  /** The next use of Secrets of the namespace reads them again. */
  forget(namespace: string): void {
    for (const key of this.#kept.keys()) if (key.startsWith(`${namespace}/`)) this.#kept.delete(key);
  }

  #one(namespace: string, name: string): Promise<ReadSecret> {
    const now = this.#clock.now();
    for (const [key, { until }] of this.#kept) if (until <= now) this.#kept.delete(key);
    const key = `${namespace}/${name}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept.read;
    const read = this.#get(namespace, name);
    this.#kept.set(key, { until: now + KEPT_MS, read });
    read.catch(() => this.#kept.delete(key));
    return read;
  }

  async #get(namespace: string, name: string): Promise<ReadSecret> {
    try {
      const secret = await this.#client.get<KubeObject & Secret>(SECRETS, name, namespace);
      const version = secret.metadata.resourceVersion;
      try {
        return { entries: entriesOf(secret), version };
      } catch (error) {
        return { entries: [], problem: `Secret ${namespace}/${name} ${(error as Error).message}`, version };
      }
    } catch (error) {
      return unreadable(namespace, name, error);
    }
  }
}
