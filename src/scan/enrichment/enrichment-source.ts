import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Enrichment } from '../findings/enrichment.ts';
import { KEV_FILE } from '../findings/known-exploited.ts';
import type { Repository } from '../image.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { Compute } from '../threads/compute.ts';
import { readArtifact } from './artifact.ts';

/** The public file, under its own names. */
const EPSS_FILES: readonly string[] = ['epss_scores-current.csv.gz', 'epss_scores-current.csv'];

/** The public ones have less than 3 MiB. */
const MOST_FILE_BYTES = 32 * 2 ** 20;
const FETCH_MS = 300_000;

/** Where the files are: a directory, one of the files, or an artifact with them as layers. */
export type EnrichmentPlace =
  | { readonly path: string }
  | { readonly repository: Repository; readonly reference: string; readonly name: string };

export interface EnrichmentSourceOptions {
  readonly place: EnrichmentPlace;
  readonly client: Pick<RegistryClient, 'read'>;
  readonly compute: Compute;
}

type Files = ReadonlyMap<string, Buffer>;

const readIfThere = async (path: string): Promise<Buffer | undefined> => {
  try {
    const { size } = await stat(path);
    if (size > MOST_FILE_BYTES) throw new Error(`${path} has more than ${MOST_FILE_BYTES} bytes`);
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

const readDirectory = async (path: string): Promise<Files> => {
  const isDirectory = (await stat(path)).isDirectory();
  const names = isDirectory ? [...EPSS_FILES, KEV_FILE] : [basename(path)];
  const found = await Promise.all(
    names.map(async (name) => [name, await readIfThere(isDirectory ? join(path, name) : path)] as const),
  );
  return new Map(found.flatMap(([name, data]) => (data === undefined ? [] : [[name, data] as const])));
};

/** EPSS and KEV of --enrichment. What was read last stays in use when a refresh fails. */
export class EnrichmentSource {
  readonly #options: EnrichmentSourceOptions;
  readonly #listeners = new Set<() => void>();
  readonly #tried = Promise.withResolvers<void>();
  #current: Enrichment | undefined;

  constructor(options: EnrichmentSourceOptions) {
    this.#options = options;
  }

  current(): Enrichment | undefined {
    return this.#current;
  }

  /** Resolves when the first refresh has ended, also without a result. */
  get tried(): Promise<void> {
    return this.#tried.promise;
  }

  /** Calls back when `current` changed. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @returns whether there is another now @throws Error with cause and cure; the signal's reason */
  async refresh(signal: AbortSignal): Promise<boolean> {
    const { place } = this.#options;
    try {
      const changed = await this.#read(AbortSignal.any([signal, AbortSignal.timeout(FETCH_MS)]));
      if (changed) for (const listener of this.#listeners) listener();
      return changed;
    } catch (cause) {
      signal.throwIfAborted();
      const rest = this.#current === undefined ? 'findings have no EPSS and KEV' : 'what was read last stays in use';
      const name = 'path' in place ? place.path : place.name;
      throw new Error(
        `--enrichment ${name}: ${(cause as Error).message}; ${rest}: put the public files ${EPSS_FILES[0]} and ${KEV_FILE} there`,
        { cause },
      );
    } finally {
      this.#tried.resolve();
    }
  }

  async #read(signal: AbortSignal): Promise<boolean> {
    const files = await this.#files(signal);
    const epss = EPSS_FILES.map((name) => files.get(name)).find((data) => data !== undefined);
    const kev = files.get(KEV_FILE);
    if (epss === undefined && kev === undefined) throw new Error('neither of the two files is there');
    const hash = createHash('sha256');
    for (const data of [epss, kev]) hash.update(data ?? '').update('\0');
    const key = hash.digest('base64');
    if (key === this.#current?.key) return false;
    this.#current = await this.#options.compute('readEnrichment', {
      key,
      ...(epss && { epss }),
      ...(kev && { kev }),
    });
    return true;
  }

  async #files(signal: AbortSignal): Promise<Files> {
    const { place, client } = this.#options;
    if ('path' in place) return readDirectory(place.path);
    const wanted = [...EPSS_FILES, KEV_FILE];
    return readArtifact(client, place.repository, place.reference, wanted, MOST_FILE_BYTES, signal);
  }
}
