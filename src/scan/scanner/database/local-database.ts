import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../kube/clock.ts';
import type { DatabaseVersion } from '../../database-version.ts';
import type { RegistryClient } from '../../registry/client.ts';
import { ScanError } from '../../scan-error.ts';
import type { TempDirectories } from '../process/temp-directories.ts';
import type { TrivyProcess } from '../trivy/trivy-process.ts';
import { readBucketNames } from './bucket-names.ts';
import { type Database, type DatabaseHandle, databaseVersionIn, Listeners } from './database.ts';
import type { DatabaseRepository } from './database-repository.ts';
import { type ArtifactKind, LocalArtifact, type StoredArtifact } from './local-artifact.ts';

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

const FILE = join('db', 'trivy.db');

/** One package, so that Trivy has to open the database. */
const PROBE = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  components: [{ type: 'library', name: 'probe', version: '1.0.0', purl: 'pkg:npm/probe@1.0.0' }],
};

/** Undefined where Trivy reads a form of database that we do not. */
type Buckets = readonly string[] | undefined;

const kindOf = ({ trivy, repository: { name: what } }: LocalDatabaseOptions): ArtifactKind<Buckets> => ({
  flag: '--trivy-db-repository',
  file: FILE,
  metadata: join('db', 'metadata.json'),
  without: 'there is no database yet, so images are not scanned',
  stays: (updatedAt) => `the database of ${updatedAt} stays in use`,
  original: 'ghcr.io/aquasecurity/trivy-db:2',
  fetch: async (directory, pinned, signal) => {
    const args = ['image', '--download-db-only', '--db-repository', pinned, '--cache-dir', 'cache'];
    await trivy.done({ directory, args, what }, signal);
    const version = databaseVersionIn(await trivy.version({ directory, what, cache: 'cache' }, signal));
    if (version === undefined) throw new ScanError('DatabaseMissing', `${what}: its age is unknown`);
    await probe(trivy, directory, what, signal);
    return version.updatedAt;
  },
  read: (directory) => readBucketNames(join(directory, FILE)).catch(() => undefined),
});

async function probe(trivy: TrivyProcess, directory: string, what: string, signal: AbortSignal): Promise<void> {
  await writeFile(join(directory, 'probe.json'), JSON.stringify(PROBE));
  const args = ['sbom', '--format', 'json', '--cache-dir', 'cache', '--skip-db-update', '--offline-scan'];
  await trivy.output({ directory, args: [...args, '--', 'probe.json'], what }, signal);
}

/** The vulnerability database of Trivy, on this disk. */
export class LocalDatabase implements Database {
  readonly #artifact: LocalArtifact<Buckets>;
  readonly #name: string;
  readonly #listeners = new Listeners();
  readonly #handles = new Map<DatabaseHandle, StoredArtifact<Buckets>>();

  private constructor(artifact: LocalArtifact<Buckets>, name: string) {
    this.#artifact = artifact;
    this.#name = name;
  }

  /** Finds the database of an earlier run, without any request. */
  static async open(options: LocalDatabaseOptions): Promise<LocalDatabase> {
    const artifact = await LocalArtifact.open({ ...options, kind: kindOf(options) });
    return new LocalDatabase(artifact, options.repository.name);
  }

  current(): DatabaseVersion | undefined {
    return this.#artifact.current && versionOf(this.#artifact.current);
  }

  problem(): string | undefined {
    return this.#artifact.problem;
  }

  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  acquire(): DatabaseHandle {
    const held = this.#artifact.acquire();
    if (held === undefined) throw new ScanError('DatabaseMissing', this.problem() ?? notYet(this.#name));
    const handle: DatabaseHandle = {
      version: versionOf(held.stored),
      ...(held.stored.details && { buckets: held.stored.details }),
      args: ['--cache-dir', held.stored.directory, '--skip-db-update'],
      release: () => {
        this.#handles.delete(handle);
        held.release();
      },
    };
    this.#handles.set(handle, held.stored);
    return handle;
  }

  async discardDamaged(handle: DatabaseHandle): Promise<boolean> {
    const stored = this.#handles.get(handle);
    // A hostile image must not cause repeated downloads.
    if (stored === undefined || !(await this.#artifact.discardDamaged(stored))) return false;
    this.#listeners.call();
    return true;
  }

  async refresh(signal: AbortSignal): Promise<boolean> {
    return await this.#listeners.callAfter(this, () => this.#artifact.refresh(signal));
  }
}

const versionOf = ({ updatedAt, digest }: StoredArtifact<unknown>): DatabaseVersion => ({ updatedAt, digest });

/** Until the first download has ended. */
const notYet = (name: string): string =>
  `there is no vulnerability database yet: it is downloaded from ${name}, which the operator must reach; name a mirror with --trivy-db-repository`;
