import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Supervisor } from './controlplane/supervisor.ts';
import type { Content } from './images/content.ts';
import type { Account } from './images/push.ts';
import { type Registry, startRegistry } from './registry/start.ts';
import { findScanParts } from './scan-parts.ts';
import { makeDatabase } from './trivydb/database.ts';
import { exampleDatabase } from './trivydb/example.ts';
import type { DatabaseFixture } from './trivydb/fixture.ts';

export interface ScanStageOptions {
  /** Default exampleDatabase. */
  readonly fixture?: DatabaseFixture;
  /** When the database was made, RFC 3339. */
  readonly updatedAt?: string;
}

/** The environment of scans in tests and in the demo. */
export interface ScanStage extends AsyncDisposable {
  /** Path of Trivy. */
  readonly trivy: string;
  /** Without an account. */
  readonly registry: Registry;
  /** Its own; removed at the end. */
  readonly directory: string;
  /** Of Trivy, with the database in it. */
  readonly cacheDirectory: string;
  /** As pushDatabase takes it. */
  readonly database: Content;
  /** One more registry, only for this account. It ends with the stage. */
  privateRegistry(account: Account): Promise<Registry>;
  /** Another state of the database, to be pushed over the first. */
  newDatabase(fixture: DatabaseFixture, updatedAt: string): Promise<Content>;
}

/** Starts a real registry and makes a real database. Both end with this process, even when it is killed. */
export async function openScanStage(options: ScanStageOptions = {}): Promise<ScanStage> {
  const { fixture = exampleDatabase, updatedAt = '2026-01-02T03:04:05Z' } = options;
  const { trivy, registry: binary, trivydb } = await findScanParts();
  const directory = await mkdtemp(join(tmpdir(), 'palisade-scan-'));
  const undo = new AsyncDisposableStack();
  const supervisor = new Supervisor(directory);
  undo.defer(() => supervisor.close());
  const start = async (account?: Account) =>
    undo.use(await startRegistry({ binary, ...(account !== undefined && { account }) }));
  const database = (name: string, content: DatabaseFixture, at: string) =>
    makeDatabase(join(directory, name), content, { updatedAt: at, binary: trivydb });
  try {
    return {
      trivy,
      directory,
      cacheDirectory: join(directory, 'cache'),
      database: await database('cache', fixture, updatedAt),
      registry: await start(),
      privateRegistry: start,
      newDatabase: (content, at) => database(`database-${at.replaceAll(':', '')}`, content, at),
      [Symbol.asyncDispose]: () => undo.disposeAsync(),
    };
  } catch (error) {
    await undo.disposeAsync();
    throw error;
  }
}
