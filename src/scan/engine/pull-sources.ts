import type { ImageSource, Repository } from '../image.ts';
import { credentialsFor } from '../registry/docker-config.ts';
import { ScanError } from '../scan-error.ts';
import type { ImageConsumer } from './image-consumers.ts';
import type { PullCredentials, PullSecrets } from './pull-secrets.ts';

/** Repositories of one image that an ImageScan names. */
export interface Claim {
  /** `namespace/name` of the ImageScan. */
  readonly scan: string;
  readonly consumer: Pick<ImageConsumer, 'namespace' | 'pullSecrets'>;
  readonly repositories: readonly Repository[];
}

export interface FoundSources {
  /** In the order in which to try them. */
  readonly sources: readonly ImageSource[];
  /** Differs when the credentials do. */
  readonly version: string;
}

/** An unusable entry counts as none: another ImageScan may have credentials, and the registry's error says more. */
const toSource = (repository: Repository, { entries }: PullCredentials): ImageSource => {
  try {
    const credentials = credentialsFor(entries, repository);
    return { ...repository, ...(credentials !== undefined && { credentials }) };
  } catch (error) {
    if (error instanceof ScanError) return { ...repository };
    throw error;
  }
};

/**
 * Repositories that pods name, before those that only a node names; of each, those with credentials first: a registry may
 * serve anonymous clients other content, or limit them more strictly.
 */
const bestFirst = (sources: readonly ImageSource[]): ImageSource[] =>
  sources.toSorted(
    (a, b) =>
      Number(a.reported ?? false) - Number(b.reported ?? false) ||
      Number(b.credentials !== undefined) - Number(a.credentials !== undefined),
  );

const sourceKey = ({ reported: _, ...source }: ImageSource): string => JSON.stringify(source);

interface NamespaceSources {
  readonly namespace: string;
  readonly sources: readonly ImageSource[];
}

/** Namespaces take turns, so that none can crowd out the sources of another one; each source once, the best first. */
export const inTurns = (found: readonly NamespaceSources[]): ImageSource[] => {
  const byNamespace = [...Map.groupBy(found, ({ namespace }) => namespace).values()].map((same) =>
    bestFirst(same.flatMap(({ sources }) => sources)),
  );
  const rounds = Math.max(0, ...byNamespace.map((sources) => sources.length));
  const sources = [...Array(rounds).keys()].flatMap((round) => bestFirst(byNamespace.flatMap((of) => of[round] ?? [])));
  const named = sources.filter(({ reported }) => reported !== true);
  const asNamed = new Map(named.map((source) => [sourceKey(source), source]));
  // A pod may name what another one's node reports.
  return [...new Map(sources.map((source) => [sourceKey(source), asNamed.get(sourceKey(source)) ?? source])).values()];
};

/** The repositories that an image is pulled from, in their order and with their credentials. */
export class PullSources {
  readonly #secrets: Pick<PullSecrets, 'read'>;
  /** Of each ImageScan: the Secrets that were last read, and why some of them gave no credentials. */
  readonly #read = new Map<
    string,
    { readonly names: string; readonly problems: readonly string[]; isOutdated: boolean }
  >();

  constructor(secrets: Pick<PullSecrets, 'read'>) {
    this.#secrets = secrets;
  }

  /** @throws ApiError, NetworkError when it is unknown whether a Secret can be read */
  async find(claims: readonly Claim[]): Promise<FoundSources> {
    const sorted = claims.toSorted((a, b) => (a.scan < b.scan ? -1 : 1));
    const found = await Promise.all(
      sorted.map(async ({ scan, consumer, repositories }) => {
        const credentials = await this.readCredentials(scan, consumer);
        const sources = repositories.map((repository) => toSource(repository, credentials));
        return { namespace: consumer.namespace, sources, version: credentials.version };
      }),
    );
    return { sources: inTurns(found), version: found.map(({ version }) => version).join(' ') };
  }

  /** Also notes why Secrets gave none, for `problems`. */
  async readCredentials(scan: string, { namespace, pullSecrets }: Claim['consumer']): Promise<PullCredentials> {
    const credentials = await this.#secrets.read(namespace, pullSecrets);
    this.#read.set(scan, { names: pullSecrets.join(), problems: credentials.problems, isOutdated: false });
    return credentials;
  }

  /** Whether these Secrets were read for the ImageScan, and each gave credentials. */
  areReadable(scan: string, { pullSecrets }: Claim['consumer']): boolean {
    if (pullSecrets.length === 0) return this.problems(scan).length === 0;
    const read = this.#read.get(scan);
    return read?.names === pullSecrets.join() && read.problems.length === 0 && !read.isOutdated;
  }

  /** Secrets of the namespace, or the right to read them, may have changed. */
  changed(namespace: string): void {
    for (const [scan, read] of this.#read) if (scan.startsWith(`${namespace}/`)) read.isOutdated = true;
  }

  /** Why Secrets of the ImageScan gave no credentials. */
  problems(scan: string): readonly string[] {
    return this.#read.get(scan)?.problems ?? [];
  }

  forget(scan: string): void {
    this.#read.delete(scan);
  }
}
