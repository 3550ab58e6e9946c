import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../../kube/clock.ts';
import { KeyedMutex } from '../../../kube/keyed-mutex.ts';
import type { DatabaseVersion } from '../../database-version.ts';
import type { RegistryClient } from '../../registry/client.ts';
import { ScanError } from '../../scan-error.ts';
import type { TempDirectories } from '../process/temp-directories.ts';
import type { TrivyProcess } from '../trivy/trivy-process.ts';
import { readBucketNames } from './bucket-names.ts';
import { type Database, type DatabaseHandle, databaseVersionIn, Listeners } from './database.ts';
import type { DatabaseRepository } from './database-repository.ts';

interface LocalDatabaseOptions {
  /** Of this process alone; on the file system of the scratch directories. */
  readonly directory: string;
  readonly repository: DatabaseRepository;
  /** May reach the repository. */
  readonly client: Pick<RegistryClient, 'resolve'>;
  readonly trivy: TrivyProcess;
  readonly tempDirectories: TempDirectories;
  readonly clock?: Clock;
}

/** Describes a complete database, in a file beside it. */
interface Label {
  readonly digest: string;
  readonly updatedAt: string;
  /** RFC 3339; the last one counts. */
  readonly fetchedAt: string;
  readonly size: number;
  readonly sha256: string;
}

interface Stored extends Label {
  readonly directory: string;
  readonly buckets: readonly string[] | undefined;
  users: number;
}

const LABEL = 'palisade.json';
const FILE = join('db', 'trivy.db');
const METADATA = join('db', 'metadata.json');
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** One package, so that Trivy has to open the database. */
const PROBE = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  components: [{ type: 'library', name: 'probe', version: '1.0.0', purl: 'pkg:npm/probe@1.0.0' }],
};

/**
 * The vulnerability database of Trivy, in one directory for each digest. A directory gets its name when it is complete
 * and Trivy has read it: a kill at any moment leaves a complete database, or files that the next start removes.
 */
export class LocalDatabase implements Database {
  readonly #options: LocalDatabaseOptions;
  readonly #clock: Clock;
  readonly #listeners = new Listeners();
  readonly #refreshes = new KeyedMutex();
  readonly #handles = new Map<DatabaseHandle, Stored>();
  #current: Stored | undefined;

  private constructor(options: LocalDatabaseOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Finds the database of an earlier run, without any request. */
  static async open(options: LocalDatabaseOptions): Promise<LocalDatabase> {
    const { directory } = options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const database = new LocalDatabase(options);
    const paths = (await readdir(directory)).map((name) => join(directory, name));
    const labels = await Promise.all(paths.map(async (path) => ({ path, label: await readLabel(path) })));
    labels.sort((a, b) => ((a.label?.fetchedAt ?? '') < (b.label?.fetchedAt ?? '') ? 1 : -1));
    for (const { path, label } of labels) {
      const usable = label !== undefined && database.#current === undefined && (await isWhole(path, label));
      if (usable) database.#current = { ...label, directory: path, buckets: await bucketsIn(path), users: 0 };
      else await remove(path);
    }
    return database;
  }

  current(): DatabaseVersion | undefined {
    return this.#current && versionOf(this.#current);
  }

  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  acquire(): DatabaseHandle {
    const stored = this.#current;
    if (stored === undefined) throw missing(this.#options.repository.name);
    const handle: DatabaseHandle = {
      version: versionOf(stored),
      ...(stored.buckets && { buckets: stored.buckets }),
      args: ['--cache-dir', stored.directory, '--skip-db-update'],
      release: () => this.#release(handle),
    };
    stored.users += 1;
    this.#handles.set(handle, stored);
    return handle;
  }

  async discardDamaged(handle: DatabaseHandle): Promise<boolean> {
    const stored = this.#handles.get(handle);
    // A hostile image must not cause repeated downloads.
    if (stored === undefined || (await isWhole(stored.directory, stored))) return false;
    if (stored === this.#current) this.#replace(undefined);
    return true;
  }

  refresh(signal: AbortSignal): Promise<boolean> {
    return this.#refreshes.run('database', () => this.#refresh(signal));
  }

  async #refresh(signal: AbortSignal): Promise<boolean> {
    const { client, repository } = this.#options;
    try {
      const digest = await client.resolve(repository, repository.reference, signal);
      if (!DIGEST.test(digest)) throw new Error(`the registry names a digest that is not a SHA-256, ${digest}`);
      if (digest === this.#current?.digest) return false;
      this.#replace(await this.#fetch(digest, signal));
      return true;
    } catch (cause) {
      signal.throwIfAborted();
      throw this.#failure(cause as Error);
    }
  }

  #failure(cause: Error): ScanError {
    const { repository } = this.#options;
    const rest = this.#current
      ? `the database of ${this.#current.updatedAt} stays in use`
      : 'there is no database yet, so images are not scanned';
    const { reason, retryAfterMs } = cause instanceof ScanError ? cause : ({} as Partial<ScanError>);
    const named = cause.message.startsWith(repository.name) ? cause.message : `${repository.name}: ${cause.message}`;
    const message = `--trivy-db-repository ${named}; ${rest}`;
    return new ScanError(reason ?? 'ScannerFailed', message, {
      cause,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }

  /** Downloads the database with this digest, and checks that Trivy can read it. */
  #fetch(digest: string, signal: AbortSignal): Promise<Stored> {
    const { trivy, tempDirectories, repository } = this.#options;
    const what = repository.name;
    return tempDirectories.use(async (directory) => {
      const pinned = `${repository.registry}/${repository.repository}@${digest}`;
      const args = ['image', '--download-db-only', '--db-repository', pinned, '--cache-dir', 'cache'];
      await trivy.done({ directory, args, what }, signal);
      const version = databaseVersionIn(await trivy.version({ directory, what, cache: 'cache' }, signal));
      if (version === undefined) throw new ScanError('DatabaseMissing', `${what}: its age is unknown`);
      await this.#probe(directory, what, signal);
      return this.#keep(join(directory, 'cache'), digest, version);
    });
  }

  async #probe(directory: string, what: string, signal: AbortSignal): Promise<void> {
    await writeFile(join(directory, 'probe.json'), JSON.stringify(PROBE));
    const args = ['sbom', '--format', 'json', '--cache-dir', 'cache', '--skip-db-update', '--offline-scan'];
    await this.#options.trivy.output({ directory, args: [...args, '--', 'probe.json'], what }, signal);
  }

  async #keep(cache: string, digest: string, { updatedAt }: DatabaseVersion): Promise<Stored> {
    const file = join(cache, FILE);
    const fetchedAt = new Date(this.#clock.now()).toISOString();
    const label = { digest, updatedAt, fetchedAt, size: (await stat(file)).size, sha256: await sha256(file) };
    await writeFile(join(cache, LABEL), JSON.stringify(label));
    for (const name of [FILE, METADATA, LABEL, 'db', '.']) await sync(join(cache, name));
    // The same digest again comes after a damaged one, which a scan may still have open.
    const directory = join(this.#options.directory, `${digest.replace(':', '-')}-${this.#clock.now()}`);
    await rename(cache, directory);
    await sync(this.#options.directory);
    return { ...label, directory, buckets: await bucketsIn(directory), users: 0 };
  }

  #replace(next: Stored | undefined): void {
    const before = this.#current;
    this.#current = next;
    if (before !== undefined && before.users === 0) void remove(before.directory);
    this.#listeners.call();
  }

  #release(handle: DatabaseHandle): void {
    const stored = this.#handles.get(handle);
    if (stored === undefined) return;
    this.#handles.delete(handle);
    stored.users -= 1;
    if (stored.users === 0 && stored !== this.#current) void remove(stored.directory);
  }
}

const versionOf = ({ updatedAt, digest }: Stored): DatabaseVersion => ({ updatedAt, digest });

const missing = (name: string): ScanError =>
  new ScanError(
    'DatabaseMissing',
    `there is no vulnerability database yet: it is downloaded from ${name}, which the operator must reach; name a mirror with --trivy-db-repository`,
  );

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

async function isWhole(directory: string, label: Label): Promise<boolean> {
  try {
    const file = join(directory, FILE);
    await stat(join(directory, METADATA));
    return (await stat(file)).size === label.size && (await sha256(file)) === label.sha256;
  } catch {
    return false;
  }
}

/** Undefined: Trivy reads a form of database that we do not. */
const bucketsIn = (directory: string): Promise<string[] | undefined> =>
  readBucketNames(join(directory, FILE)).catch(() => undefined);

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
