import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Content } from '../images/content.ts';
import { artifact } from '../images/image.ts';
import { push, type Target } from '../images/push.ts';
import { findTrivydb } from './find.ts';
import type { DatabaseFixture } from './fixture.ts';

const run = promisify(execFile);

export interface DatabaseOptions {
  /** When the database was made, RFC 3339. */
  readonly updatedAt: string;
  /** Default 24. */
  readonly validHours?: number;
  /** Path of the program; found when absent. */
  readonly binary?: string;
}

/**
 * Makes a real vulnerability database. The same bytes for the same fixture and options.
 * @param directory gets db/trivy.db and db/metadata.json, so that it is a cache directory for Trivy
 * @returns the database as an artifact
 */
export async function makeDatabase(
  directory: string,
  fixture: DatabaseFixture,
  { updatedAt, validHours = 24, binary }: DatabaseOptions,
): Promise<Content> {
  const program = binary ?? (await findTrivydb());
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'fixture.json');
  await writeFile(file, JSON.stringify(fixture));
  await run(program, ['-in', file, '-out', directory, '-updated', updatedAt, '-valid', `${validHours}h`]);
  return databaseArtifact(await readFile(join(directory, 'db.tar.gz')));
}

/** Pushes a database where Trivy looks for it. @returns what --db-repository takes */
export async function pushDatabase(
  registry: Target & { readonly host: string },
  database: Content,
  repository = 'trivy-db',
): Promise<string> {
  await push(registry, repository, database, '2');
  return `${registry.host}/${repository}:2`;
}

function databaseArtifact(data: Buffer): Content {
  return artifact({
    artifactType: 'application/vnd.aquasec.trivy.config.v1+json',
    mediaType: 'application/vnd.aquasec.trivy.db.layer.v1.tar+gzip',
    title: 'db.tar.gz',
    data,
  });
}
