import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../../kube/clock.ts';
import { KeyedMutex } from '../../../kube/keyed-mutex.ts';
import { makeDirectory } from '../../make-directory.ts';
import type { RegistryClient } from '../../registry/client.ts';
import { ScanError } from '../../scan-error.ts';
import type { TempDirectories } from '../process/temp-directories.ts';
import type { DatabaseRepository } from './database-repository.ts';

/** An OCI artifact of which Trivy makes a cache directory: its vulnerability database, or its index of jars. */
export interface ArtifactKind<Details> {
  /** Of its repository, for messages. */
  readonly flag: string;
  /** Below a cache directory. */
  readonly file: string;
  readonly metadata: string;
  /** Ends a message: what holds while none was downloaded, or while the one that was made at a time stays. */
  readonly without: string;
  readonly stays: (updatedAt: string) => string;
  /** The public one, for the cure where the repository has something else. */
  readonly original: string;
  /**
   * Lets Trivy download it to `cache` below the directory, and checks that Trivy can read it.
   * @param pinned its repository, with its digest
   * @returns when it was made, RFC 3339
   */
  fetch(directory: string, pinned: string, signal: AbortSignal): Promise<string>;
  /** What is to be known of a complete one. @param directory for --cache-dir */
  read(directory: string): Promise<Details>;
}

interface LocalArtifactOptions<Details> {
  readonly kind: ArtifactKind<Details>;
  /** Of this process alone; on the file system of the scratch directories. */
  readonly directory: string;
  readonly repository: DatabaseRepository;
  /** May reach the repository. */
  readonly client: Pick<RegistryClient, 'resolve'>;
  readonly tempDirectories: TempDirectories;
  readonly clock?: Clock;
}

/** Describes a complete artifact, in a file beside it. */
interface Label {
  readonly digest: string;
  readonly updatedAt: string;
  /** RFC 3339; the last one counts. */
  readonly fetchedAt: string;
  readonly size: number;
  readonly sha256: string;
}

export interface StoredArtifact<Details> extends Label {
  /** For --cache-dir. */
  readonly directory: string;
  readonly details: Details;
}

interface Stored<Details> extends StoredArtifact<Details> {
  users: number;
}

const LABEL = 'palisade.json';
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * An artifact in one directory for each digest. A directory gets its name when it is complete and Trivy has read it: a kill
 * at any moment leaves a complete artifact, or files that the next start removes.
 */
export class LocalArtifact<Details> {
  readonly #options: LocalArtifactOptions<Details>;
  readonly #clock: Clock;
  readonly #refreshes = new KeyedMutex();
  #current: Stored<Details> | undefined;
  #problem: string | undefined;

  private constructor(options: LocalArtifactOptions<Details>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Finds the artifact of an earlier run, without any request. */
  static async open<Details>(options: LocalArtifactOptions<Details>): Promise<LocalArtifact<Details>> {
    const { directory, kind } = options;
    await makeDirectory(directory);
    const artifact = new LocalArtifact(options);
    const paths = (await readdir(directory)).map((name) => join(directory, name));
    const labels = await Promise.all(paths.map(async (path) => ({ path, label: await readLabel(path) })));
    labels.sort((a, b) => ((a.label?.fetchedAt ?? '') < (b.label?.fetchedAt ?? '') ? 1 : -1));
    for (const { path, label } of labels) {
      const usable = label !== undefined && artifact.#current === undefined && (await isWhole(path, label, kind));
      if (usable) artifact.#current = { ...label, directory: path, details: await kind.read(path), users: 0 };
      else await remove(path);
    }
    return artifact;
  }

  get current(): StoredArtifact<Details> | undefined {
    return this.#current;
  }

  /** Why the last refresh failed, with the cure; undefined: it did not, or there was none yet. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Uses the current one until the caller releases it. */
  acquire(): { readonly stored: StoredArtifact<Details>; release(): void } | undefined {
    const stored = this.#current;
    if (stored === undefined) return undefined;
    stored.users += 1;
    let isHeld = true;
    const release = (): void => {
      if (isHeld) stored.users -= 1;
      isHeld = false;
      if (stored.users === 0 && stored !== this.#current) void remove(stored.directory);
    };
    return { stored, release };
  }

  /** Never uses it again if it is damaged. @returns whether it is */
  async discardDamaged(stored: StoredArtifact<Details>): Promise<boolean> {
    if (await isWhole(stored.directory, stored, this.#options.kind)) return false;
    if (stored === this.#current) this.#replace(undefined);
    return true;
  }

  /** Downloads another one, if there is. @returns whether @throws ScanError, and what was in use stays; the signal's reason */
  refresh(signal: AbortSignal): Promise<boolean> {
    return this.#refreshes.run('artifact', () => this.#refresh(signal));
  }

  async #refresh(signal: AbortSignal): Promise<boolean> {
    const { client, repository } = this.#options;
    try {
      const digest = await client.resolve(repository, repository.reference, signal);
      if (!DIGEST.test(digest)) throw new Error(`the registry names a digest that is not a SHA-256, ${digest}`);
      const isOther = digest !== this.#current?.digest;
      if (isOther) this.#replace(await this.#fetch(digest, signal));
      this.#problem = undefined;
      return isOther;
    } catch (cause) {
      signal.throwIfAborted();
      const failure = this.#failure(cause as Error);
      this.#problem = failure.message;
      throw failure;
    }
  }

  #failure(cause: Error): ScanError {
    const { repository, kind } = this.#options;
    const rest = this.#current ? kind.stays(this.#current.updatedAt) : kind.without;
    const { reason, retryAfterMs } = cause instanceof ScanError ? cause : ({} as Partial<ScanError>);
    const named = cause.message.startsWith(repository.name) ? cause.message : `${repository.name}: ${cause.message}`;
    const cure = reason === 'ScannerFailed' ? `: check that it is a copy of ${kind.original}` : '';
    return new ScanError(reason ?? 'ScannerFailed', `${kind.flag} ${named}${cure}; ${rest}`, {
      cause,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }

  #fetch(digest: string, signal: AbortSignal): Promise<Stored<Details>> {
    const { tempDirectories, repository, kind } = this.#options;
    return tempDirectories.use(async (directory) => {
      const pinned = `${repository.registry}/${repository.repository}@${digest}`;
      const updatedAt = await kind.fetch(directory, pinned, signal);
      return this.#keep(join(directory, 'cache'), digest, updatedAt);
    });
  }

  async #keep(cache: string, digest: string, updatedAt: string): Promise<Stored<Details>> {
    const { kind } = this.#options;
    const file = join(cache, kind.file);
    const fetchedAt = new Date(this.#clock.now()).toISOString();
    const label = { digest, updatedAt, fetchedAt, size: (await stat(file)).size, sha256: await sha256(file) };
    await writeFile(join(cache, LABEL), JSON.stringify(label));
    for (const name of [kind.file, kind.metadata, LABEL, join(kind.file, '..'), '.']) await sync(join(cache, name));
    // The same digest again comes after a damaged one, which a scan may still have open.
    const directory = join(this.#options.directory, `${digest.replace(':', '-')}-${this.#clock.now()}`);
    await rename(cache, directory);
    await sync(this.#options.directory);
    return { ...label, directory, details: await kind.read(directory), users: 0 };
  }

  #replace(next: Stored<Details> | undefined): void {
    const before = this.#current;
    this.#current = next;
    if (before !== undefined && before.users === 0) void remove(before.directory);
  }
}

async function readLabel(directory: string): Promise<Label | undefined> {
  try {
    const label = JSON.parse(await readFile(join(directory, LABEL), 'utf8')) as Partial<Label> | null;
    const { digest = '', updatedAt, fetchedAt, size, sha256: sum } = label ?? {};
    const whole = DIGEST.test(digest) && updatedAt && fetchedAt && size && sum;
    return whole ? { digest, updatedAt, fetchedAt, size, sha256: sum } : undefined;
  } catch {
    return undefined;
  }
}

async function isWhole(
  directory: string,
  label: Label,
  { file, metadata }: Pick<ArtifactKind<unknown>, 'file' | 'metadata'>,
): Promise<boolean> {
  try {
    const path = join(directory, file);
    await stat(join(directory, metadata));
    return (await stat(path)).size === label.size && (await sha256(path)) === label.sha256;
  } catch {
    return false;
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(chunk);
  return hash.digest('hex');
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A directory that cannot be removed now is removed at the next start. */
const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true }).catch(() => {});
