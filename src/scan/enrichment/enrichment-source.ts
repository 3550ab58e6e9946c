import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { printable } from '../../text/printable.ts';
import type { Enrichment, EnrichmentFile, ReadEnrichment } from '../findings/enrichment.ts';
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

/** By name; an Error: why it cannot be read. */
type Files = ReadonlyMap<string, Buffer | Error>;

/** A file that is there. */
interface Found {
  readonly name: string;
  readonly content: Buffer | Error;
}

type ByFile<T> = Readonly<Partial<Record<EnrichmentFile, T>>>;

const KINDS: readonly EnrichmentFile[] = ['epss', 'kev'];
const NAMES: Readonly<Record<EnrichmentFile, readonly string[]>> = { epss: EPSS_FILES, kev: [KEV_FILE] };
/** While nothing of the file was read. */
const WITHOUT: Readonly<Record<EnrichmentFile, string>> = {
  epss: 'findings have no EPSS',
  kev: 'it is not known which vulnerabilities are exploited',
};

const byFile = <T>(of: (file: EnrichmentFile) => T | undefined): ByFile<T> =>
  Object.fromEntries(
    KINDS.flatMap((file) => {
      const one = of(file);
      return one === undefined ? [] : [[file, one]];
    }),
  );

const hashOf = (contents: ByFile<Buffer | string>): string => {
  const hash = createHash('sha256');
  for (const file of KINDS) hash.update(contents[file] ?? '').update('\0');
  return hash.digest('base64');
};

const readIfThere = async (path: string): Promise<Buffer | Error | undefined> => {
  try {
    const { size } = await stat(path);
    if (size > MOST_FILE_BYTES) throw new Error(`${path} has more than ${MOST_FILE_BYTES} bytes`);
    return await readFile(path);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : (error as Error);
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

/** EPSS and KEV of --enrichment. What was read last of a file stays in use while the file cannot be read. */
export class EnrichmentSource {
  readonly #options: EnrichmentSourceOptions;
  readonly #listeners = new Set<() => void>();
  readonly #tried = Promise.withResolvers<void>();
  #current: Enrichment | undefined;
  /** The last contents that could be read. */
  #used: ByFile<Buffer> = {};
  /** Hash of the last contents that were there. */
  #seen: string | undefined;
  #problems: readonly string[] = [];

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

  /**
   * A file that can be read is used even if the other one cannot.
   * @returns whether there is another now @throws Error with cause and cure, also of one file alone; the signal's reason
   */
  async refresh(signal: AbortSignal): Promise<boolean> {
    const before = this.#current;
    try {
      await this.#read(AbortSignal.any([signal, AbortSignal.timeout(FETCH_MS)]));
    } catch (cause) {
      signal.throwIfAborted();
      const rest = this.#current === undefined ? 'findings have no EPSS and KEV' : 'what was read last stays in use';
      const cure = `put the public files ${EPSS_FILES[0]} and ${KEV_FILE} there`;
      throw new Error(`${this.#named((cause as Error).message)}; ${rest}: ${cure}`, { cause });
    } finally {
      this.#tried.resolve();
    }
    const changed = this.#current !== before;
    if (changed) for (const listener of this.#listeners) listener();
    if (this.#problems.length > 0) throw new Error(this.#named(this.#problems.join('. ')));
    return changed;
  }

  #named(problem: string): string {
    const { place } = this.#options;
    return `--enrichment ${'path' in place ? place.path : place.name}: ${problem}`;
  }

  async #read(signal: AbortSignal): Promise<void> {
    const files = await this.#files(signal);
    const found = byFile((file): Found | undefined => {
      const name = NAMES[file].find((one) => files.has(one));
      return name === undefined ? undefined : { name, content: files.get(name)! };
    });
    if (Object.keys(found).length === 0) throw new Error('neither of the two files is there');
    const seen = hashOf(
      byFile((file) => {
        const content = found[file]?.content;
        return content instanceof Error ? content.message : content;
      }),
    );
    if (seen === this.#seen) return;
    await this.#use(found);
    this.#seen = seen;
  }

  /** Of a file that cannot be read, what was read last. */
  async #use(found: ByFile<Found>): Promise<void> {
    const there = byFile((file) => {
      const content = found[file]?.content;
      return content instanceof Error ? undefined : content;
    });
    const read = await this.#parse(there);
    const problems = byFile((file) => {
      const content = found[file]?.content;
      return content instanceof Error ? content.message : read.problems[file];
    });
    const used = byFile((file) => (problems[file] === undefined ? there[file] : this.#used[file]));
    this.#problems = KINDS.flatMap((file) => {
      const [problem, name] = [problems[file], found[file]?.name];
      if (problem === undefined || name === undefined) return [];
      const rest = used[file] === undefined ? WITHOUT[file] : 'what was read last stays in use';
      return [`${name} cannot be used: ${printable(problem)}; ${rest}: put the public file ${name} there`];
    });
    const isNothing = Object.keys(used).length === 0 && this.#current === undefined;
    if (!isNothing && hashOf(used) !== this.#current?.key) {
      const isSame = KINDS.every((file) => used[file] === there[file]);
      this.#current = (isSame ? read : await this.#parse(used)).enrichment;
    }
    this.#used = used;
  }

  #parse(contents: ByFile<Buffer>): Promise<ReadEnrichment> {
    return this.#options.compute('readEnrichment', { key: hashOf(contents), ...contents });
  }

  async #files(signal: AbortSignal): Promise<Files> {
    const { place, client } = this.#options;
    if ('path' in place) return readDirectory(place.path);
    const wanted = [...EPSS_FILES, KEV_FILE];
    return readArtifact(client, place.repository, place.reference, wanted, MOST_FILE_BYTES, signal);
  }
}
