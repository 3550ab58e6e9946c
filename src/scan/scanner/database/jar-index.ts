import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../../kube/clock.ts';
import { durationInWords } from '../../../text/duration-in-words.ts';
import { printable } from '../../../text/printable.ts';
import { makeDirectory } from '../../make-directory.ts';
import type { TrivyProcess } from '../trivy/trivy-process.ts';
import type { ArtifactKind, LocalArtifact } from './local-artifact.ts';

// trivy-java-db, pkg/db/db.go; without these two tables Trivy refuses every image that holds a jar.
const SCHEMA = `
  CREATE TABLE artifacts(id INTEGER PRIMARY KEY, group_id TEXT, artifact_id TEXT);
  CREATE TABLE indices(artifact_id INTEGER, version TEXT, sha1 BLOB, archive_type TEXT,
    FOREIGN KEY (artifact_id) REFERENCES artifacts(id));
`;
const FILE = join('java-db', 'trivy-java.db');
const METADATA = join('java-db', 'metadata.json');
/** It is made once a week. */
const CHECK_MS = 24 * 3_600_000;
const RETRY_MS = 3_600_000;
const MAX_PROBLEM = 400;

/** Why Jobs and `palisade sbom` have none: each would download it. */
export const NO_JAR_INDEX_IN_JOBS =
  'Jobs and palisade sbom use the index of jars only if --trivy-java-db-repository names a repository';

/**
 * Writes an empty index of jars, since Trivy requires one: jars are then identified by their pom.properties, and those
 * without are not found.
 * @param directory for --cache-dir
 */
export async function writeEmptyJarIndex(directory: string): Promise<void> {
  // An earlier run may have been killed while it wrote.
  await rm(join(directory, 'java-db'), { recursive: true, force: true });
  await makeDirectory(join(directory, 'java-db'));
  const database = new DatabaseSync(join(directory, FILE));
  database.exec(SCHEMA);
  database.close();
  const never = '2999-01-01T00:00:00Z';
  const metadata = { Version: 1, NextUpdate: never, UpdatedAt: never, DownloadedAt: never };
  await writeFile(join(directory, METADATA), JSON.stringify(metadata));
}

/** The index of jars by their checksums, as a LocalArtifact keeps it. */
export const jarIndexKind = (trivy: TrivyProcess, what: string): ArtifactKind<undefined> => ({
  flag: '--trivy-java-db-repository',
  file: FILE,
  metadata: METADATA,
  without: 'there is no index of jars yet',
  stays: (updatedAt) => `the index of jars of ${updatedAt} stays in use`,
  original: 'ghcr.io/aquasecurity/trivy-java-db:1',
  fetch: async (directory, pinned, signal) => {
    const args = ['image', '--download-java-db-only', '--java-db-repository', pinned, '--cache-dir', 'cache'];
    await trivy.done({ directory, args, what }, signal);
    const cache = join(directory, 'cache');
    // As Trivy queries it.
    const database = new DatabaseSync(join(cache, FILE), { readOnly: true });
    try {
      database
        .prepare('SELECT a.group_id, i.sha1 FROM indices i JOIN artifacts a ON a.id = i.artifact_id LIMIT 1')
        .get();
    } finally {
      database.close();
    }
    return String((JSON.parse(await readFile(join(cache, METADATA), 'utf8')) as { UpdatedAt?: unknown }).UpdatedAt);
  },
  read: async () => undefined,
});

/** An index of jars while Trivy uses it. */
export interface JarIndexHandle {
  /** For --cache-dir. */
  readonly directory: string;
  /** Absent: it is empty. */
  readonly digest?: string;
  release(): void;
}

interface JarIndexOptions {
  /** Of an empty index; written when it is opened. */
  readonly empty: string;
  /** Absent: jars are identified by their pom.properties alone, for a reason that ends a sentence. */
  readonly artifact: LocalArtifact<undefined> | { readonly none: string };
  readonly clock: Clock;
}

/** The index of jars: downloaded when the first image needs it, and checked for a newer one once a day from then on. */
export class JarIndex {
  readonly #options: JarIndexOptions;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #failure: { readonly at: number; readonly message: string } | undefined;
  #requestedAt = Number.NEGATIVE_INFINITY;

  private constructor(options: JarIndexOptions) {
    this.#options = options;
  }

  static async open(options: JarIndexOptions): Promise<JarIndex> {
    await writeEmptyJarIndex(options.empty);
    return new JarIndex(options);
  }

  acquire(): JarIndexHandle {
    const { artifact, empty } = this.#options;
    const held = 'none' in artifact ? undefined : artifact.acquire();
    if (held === undefined) return { directory: empty, release: () => {} };
    const { directory, digest } = held.stored;
    return { directory, digest, release: held.release };
  }

  /** Why there is none; undefined: there is one. */
  get problem(): string | undefined {
    const { artifact } = this.#options;
    if ('none' in artifact) return artifact.none;
    if (artifact.current !== undefined) return undefined;
    return this.#failure?.message ?? 'there is no index of jars yet';
  }

  /** A user requested a rescan: a failure of before is no reason to wait. @param at milliseconds since 1970 */
  requested(at: number): void {
    this.#requestedAt = Math.max(this.#requestedAt, at);
  }

  /**
   * An image has jars that need it: downloads it, unless that was tried lately.
   * @returns its digest; undefined: there is none, and `problem` has the reason
   * @throws the signal's reason
   */
  async provide(signal: AbortSignal): Promise<string | undefined> {
    const { artifact, clock } = this.#options;
    if ('none' in artifact) return undefined;
    const now = clock.now();
    if (this.#isDue(now)) {
      try {
        await artifact.refresh(signal);
        this.#checkedAt = now;
        this.#failure = undefined;
      } catch (error) {
        signal.throwIfAborted();
        this.#failure = {
          at: now,
          message: `${printable((error as Error).message, MAX_PROBLEM)} (tried again with a rescan that a user requests, otherwise at most once in ${durationInWords(RETRY_MS)}, when an image with such jars is scanned)`,
        };
      }
    }
    return artifact.current?.digest;
  }

  #isDue(now: number): boolean {
    const failedAt = this.#failure?.at ?? Number.NEGATIVE_INFINITY;
    const mayRetry = now - failedAt >= RETRY_MS || failedAt < this.#requestedAt;
    return now - this.#checkedAt >= CHECK_MS && mayRetry;
  }
}
