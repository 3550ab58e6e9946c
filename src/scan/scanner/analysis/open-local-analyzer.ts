import { join } from 'node:path';
import type { Clock } from '../../../kube/clock.ts';
import type { ScannerVersion } from '../../findings/match.ts';
import { RegistryClient } from '../../registry/client.ts';
import type { Compute } from '../../threads/compute.ts';
import type { DatabaseRepository } from '../database/database-repository.ts';
import { JarIndex, jarIndexKind } from '../database/jar-index.ts';
import { LocalArtifact } from '../database/local-artifact.ts';
import type { ScanLimits } from '../process/limits.ts';
import { TempDirectories } from '../process/temp-directories.ts';
import { findTrivy } from '../trivy/find-trivy.ts';
import { TrivyProcess } from '../trivy/trivy-process.ts';
import { checkTrivyVersion } from '../trivy/version.ts';
import { LocalAnalyzer } from './local-analyzer.ts';

export interface LocalAnalyzerSettings {
  /** --trivy; absent: the first one on `path`. */
  readonly trivy?: string;
  /** PATH. */
  readonly path: string;
  /** Of this process alone, on a disk that holds the images that are scanned. */
  readonly workDirectory: string;
  readonly limits: ScanLimits;
  /** --allowed-registries, as parseAllowedRegistries gives them. */
  readonly allowedRegistries: readonly string[];
  /** Of the index of jars; absent: none is used, for a reason that ends a sentence. */
  readonly jarIndex: DatabaseRepository | { readonly none: string };
  readonly clock: Clock;
  readonly compute: Compute;
}

/** The analyzer of images in this process, and its parts. */
interface LocalAnalyzerParts {
  readonly analyzer: LocalAnalyzer;
  readonly trivy: TrivyProcess;
  readonly version: ScannerVersion;
  readonly tempDirectories: TempDirectories;
  readonly jarIndex: JarIndex;
  readonly registry: RegistryClient;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** @throws Error with the cure when there is no usable Trivy; the signal's reason */
export async function openLocalAnalyzer(
  settings: LocalAnalyzerSettings,
  signal: AbortSignal,
): Promise<LocalAnalyzerParts> {
  const { limits, clock, compute, workDirectory, allowedRegistries } = settings;
  const tempDirectories = await TempDirectories.open(join(workDirectory, 'scratch'));
  const path = await findTrivy(settings.trivy, settings.path);
  const trivy = new TrivyProcess({ path, limits, clock });
  const version = await usableVersion(trivy, path, tempDirectories, signal);
  const registry = new RegistryClient({ allowedRegistries, clock });
  const { jarIndex, close } = await openJarIndex(settings, trivy, tempDirectories);
  const analyzer = new LocalAnalyzer({
    ...{ client: registry, trivy, version, tempDirectories, limits, jarIndex, compute },
  });
  return {
    ...{ analyzer, trivy, version, tempDirectories, jarIndex, registry },
    close: () => Promise.all([registry.close(), close()]).then(() => {}),
  };
}

async function openJarIndex(
  { jarIndex: repository, workDirectory, clock }: LocalAnalyzerSettings,
  trivy: TrivyProcess,
  tempDirectories: TempDirectories,
): Promise<{ jarIndex: JarIndex; close(): Promise<void> }> {
  const empty = join(workDirectory, 'jars');
  if ('none' in repository) {
    return { jarIndex: await JarIndex.open({ empty, artifact: repository, clock }), close: async () => {} };
  }
  // The operator's own setting: its registry is allowed by being named.
  const client = new RegistryClient({ allowedRegistries: [repository.registry], clock });
  const kind = jarIndexKind(trivy, repository.name);
  const directory = join(workDirectory, 'jar-index');
  const artifact = await LocalArtifact.open({ kind, directory, repository, client, tempDirectories, clock });
  return { jarIndex: await JarIndex.open({ empty, artifact, clock }), close: () => client.close() };
}

async function usableVersion(
  trivy: TrivyProcess,
  path: string,
  tempDirectories: TempDirectories,
  signal: AbortSignal,
): Promise<ScannerVersion> {
  try {
    const output = await tempDirectories.use((directory) => trivy.version({ directory, what: path }, signal));
    const version = String((output as { Version?: unknown } | null)?.Version ?? '');
    checkTrivyVersion(version);
    return { name: 'trivy', version };
  } catch (cause) {
    signal.throwIfAborted();
    throw new Error(`${path} cannot be used (${(cause as Error).message}): name another with --trivy PATH`, { cause });
  }
}
