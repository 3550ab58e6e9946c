import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../../kube/clock.ts';
import type { KubeClient } from '../../kube/rest/client.ts';
import type { ScannerVersion } from '../findings/match.ts';
import { RegistryClient } from '../registry/client.ts';
import type { Compute } from '../threads/compute.ts';
import { JobAnalyzer } from './analysis/job/job-analyzer.ts';
import { openLocalAnalyzer } from './analysis/open-local-analyzer.ts';
import type { Database } from './database/database.ts';
import {
  parseDatabaseRepository,
  parseJarIndexRepository,
  parseNamedJarIndexRepository,
} from './database/database-repository.ts';
import { NO_JAR_INDEX_IN_JOBS } from './database/jar-index.ts';
import { LocalDatabase } from './database/local-database.ts';
import { ServerDatabase } from './database/server-database.ts';
import type { ScanLimits } from './process/limits.ts';
import type { TempDirectories } from './process/temp-directories.ts';
import type { TrivyProcess } from './trivy/trivy-process.ts';
import { TrivyScanner } from './trivy/trivy-scanner.ts';

interface ScannerSettings {
  /** --trivy; absent: the first one on `path`. */
  readonly trivy?: string;
  /** PATH. */
  readonly path: string;
  /** --trivy-server; absent: analyses are matched here. */
  readonly server?: URL;
  /** --trivy-db-repository, for matching here. */
  readonly databaseRepository: string;
  /** --trivy-java-db-repository. */
  readonly jarIndexRepository: string;
  /** Of this operator process alone; on a disk that holds two databases (2 GB) and the images that are scanned. */
  readonly workDirectory: string;
  readonly limits: ScanLimits;
  /** --allowed-registries, as parseAllowedRegistries gives them. */
  readonly allowedRegistries: readonly string[];
  /** Images are analyzed in Jobs; absent: here. */
  readonly jobs?: JobSettings;
  readonly clock: Clock;
  readonly compute: Compute;
}

/** Where Jobs that analyze images run. */
interface JobSettings {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Our own image. */
  readonly image: string;
  readonly log: Logger;
}

export interface OpenScanner {
  readonly scanner: TrivyScanner;
  readonly version: ScannerVersion;
  /** Asks the registries that images come from. */
  readonly registry: RegistryClient;
  /** Deletes the Jobs of an operator that was killed. Returns when that is done, or the signal ends. */
  removeLeftovers(signal: AbortSignal): Promise<void>;
  /** Ends its connections; scans end with their signals. */
  close(): Promise<void>;
}

/**
 * Opens a scanner with the database of an earlier run, if there is one. Downloads nothing.
 * @throws Error with the cure when there is no usable Trivy, or a setting is wrong; the signal's reason
 */
export async function openScanner(settings: ScannerSettings, signal: AbortSignal): Promise<OpenScanner> {
  const { limits, clock, compute, allowedRegistries, jobs } = settings;
  const local = await openLocalAnalyzer({ ...settings, jarIndex: jarIndexOf(settings) }, signal);
  const { trivy, version, tempDirectories, registry, jarIndex } = local;
  const { database, close } = await openDatabase(settings, trivy, tempDirectories);
  const jobIndex = parseNamedJarIndexRepository(settings.jarIndexRepository)?.name;
  const inJobs =
    jobs &&
    new JobAnalyzer({
      ...jobs,
      ...{ limits, allowedRegistries, clock, compute },
      ...(jobIndex && { jarIndex: jobIndex }),
    });
  const analyzer = inJobs ?? local.analyzer;
  const scanner = new TrivyScanner({
    ...{ trivy, version, analyzer, database, tempDirectories, limits, compute },
    ...(jobs === undefined ? { jarIndex } : jobIndex !== undefined && { jarIndex: { provide: async () => jobIndex } }),
  });
  return {
    scanner,
    version,
    registry,
    removeLeftovers: async (until) => inJobs?.removeLeftovers(until),
    close: () => Promise.all([local.close(), close()]).then(() => {}),
  };
}

/** Jobs have their own. */
const jarIndexOf = ({ jarIndexRepository, databaseRepository, jobs }: ScannerSettings) => {
  if (jobs !== undefined) return { none: NO_JAR_INDEX_IN_JOBS };
  const repository = parseJarIndexRepository(jarIndexRepository, parseDatabaseRepository(databaseRepository));
  return repository ?? { none: '--trivy-java-db-repository is off' };
};

async function openDatabase(
  { server, databaseRepository, workDirectory, clock }: ScannerSettings,
  trivy: TrivyProcess,
  tempDirectories: TempDirectories,
): Promise<{ database: Database; close(): Promise<void> }> {
  if (server !== undefined) {
    if (server.username || server.password) {
      throw new Error('--trivy-server contains credentials, which the list of processes would show: remove them');
    }
    return { database: new ServerDatabase({ url: server }), close: async () => {} };
  }
  const repository = parseDatabaseRepository(databaseRepository);
  // The operator's own setting: its registry is allowed by being named.
  const client = new RegistryClient({ allowedRegistries: [repository.registry], clock });
  const directory = join(workDirectory, 'database');
  const database = await LocalDatabase.open({ directory, repository, client, trivy, tempDirectories, clock });
  return { database, close: () => client.close() };
}
