import { join } from 'node:path';
import type { Clock } from '../../kube/clock.ts';
import { RegistryClient } from '../registry/client.ts';
import type { Database } from './database.ts';
import { parseDatabaseRepository } from './database-repository.ts';
import { findTrivy } from './find-trivy.ts';
import { writeEmptyJarIndex } from './jar-index.ts';
import { LayoutSbomMaker } from './layout-sbom-maker.ts';
import type { ScanLimits } from './limits.ts';
import { LocalDatabase } from './local-database.ts';
import type { ScannerVersion } from './scanner.ts';
import { ScratchDirectories } from './scratch.ts';
import { ServerDatabase } from './server-database.ts';
import { TrivyProcess } from './trivy-process.ts';
import { TrivyScanner } from './trivy-scanner.ts';
import { checkTrivyVersion } from './version.ts';

export interface ScannerSettings {
  /** --trivy; absent: the first one on `path`. */
  readonly trivy?: string;
  /** PATH. */
  readonly path: string;
  /** --trivy-server; absent: SBOMs are matched here. */
  readonly server?: URL;
  /** --trivy-db-repository, for matching here. */
  readonly databaseRepository: string;
  /** Of this operator process alone; on a disk that holds two databases (2 GB) and the images that are scanned. */
  readonly workDirectory: string;
  readonly limits: ScanLimits;
  /** --allowed-registries, as parseAllowedRegistries gives them. */
  readonly allowedRegistries: readonly string[];
  readonly clock: Clock;
}

export interface OpenScanner {
  readonly scanner: TrivyScanner;
  readonly version: ScannerVersion;
  /** Asks the registries that images come from. */
  readonly registry: RegistryClient;
  /** Ends its connections; scans end with their signals. */
  close(): Promise<void>;
}

/**
 * A scanner that can be used, with the database that an earlier run left, if there is one: nothing is downloaded.
 * @throws naming the cure when there is no Trivy that may be used, or a setting is wrong; the signal's reason
 */
export async function openScanner(settings: ScannerSettings, signal: AbortSignal): Promise<OpenScanner> {
  const { limits, clock, workDirectory, allowedRegistries } = settings;
  const scratch = await ScratchDirectories.open(join(workDirectory, 'scratch'));
  const path = await findTrivy(settings.trivy, settings.path);
  const trivy = new TrivyProcess({ path, limits, clock });
  const version = await usableVersion(trivy, path, scratch, signal);
  const jarIndex = join(workDirectory, 'jars');
  await writeEmptyJarIndex(jarIndex);
  const images = new RegistryClient({ allowedRegistries, clock });
  const { database, close } = await openDatabase(settings, trivy, scratch);
  const sboms = new LayoutSbomMaker({ client: images, trivy, scratch, limits, jarIndex });
  const scanner = new TrivyScanner({ trivy, version, sboms, database, scratch, limits });
  return { scanner, version, registry: images, close: () => Promise.all([images.close(), close()]).then(() => {}) };
}

async function usableVersion(
  trivy: TrivyProcess,
  path: string,
  scratch: ScratchDirectories,
  signal: AbortSignal,
): Promise<ScannerVersion> {
  try {
    const told = await scratch.use((directory) => trivy.version({ directory, what: path }, signal));
    const version = String((told as { Version?: unknown } | null)?.Version ?? '');
    checkTrivyVersion(version);
    return { name: 'trivy', version };
  } catch (cause) {
    signal.throwIfAborted();
    throw new Error(`${path} cannot be used (${(cause as Error).message}): name another with --trivy PATH`, { cause });
  }
}

async function openDatabase(
  { server, databaseRepository, workDirectory, clock }: ScannerSettings,
  trivy: TrivyProcess,
  scratch: ScratchDirectories,
): Promise<{ database: Database; close(): Promise<void> }> {
  if (server !== undefined) {
    if (server.username || server.password) {
      throw new Error(
        '--trivy-server holds credentials, which everybody could see among the arguments: leave them out',
      );
    }
    return { database: new ServerDatabase({ url: server }), close: async () => {} };
  }
  const repository = parseDatabaseRepository(databaseRepository);
  // The operator's own setting: its registry is allowed by being named.
  const client = new RegistryClient({ allowedRegistries: [repository.registry], clock });
  const directory = join(workDirectory, 'database');
  const database = await LocalDatabase.open({ directory, repository, client, trivy, scratch, clock });
  return { database, close: () => client.close() };
}
