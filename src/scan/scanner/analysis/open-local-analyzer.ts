import { join } from 'node:path';
import type { Clock } from '../../../kube/clock.ts';
import type { ScannerVersion } from '../../findings/match.ts';
import { RegistryClient } from '../../registry/client.ts';
import type { Compute } from '../../threads/compute.ts';
import { writeEmptyJarIndex } from '../database/jar-index.ts';
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
  readonly clock: Clock;
  readonly compute: Compute;
}

/** The analyzer of images in this process, and its parts. */
interface LocalAnalyzerParts {
  readonly analyzer: LocalAnalyzer;
  readonly trivy: TrivyProcess;
  readonly version: ScannerVersion;
  readonly tempDirectories: TempDirectories;
  /** The caller that opened it closes its connections. */
  readonly registry: RegistryClient;
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
  const jarIndex = join(workDirectory, 'jars');
  await writeEmptyJarIndex(jarIndex);
  const registry = new RegistryClient({ allowedRegistries, clock });
  const analyzer = new LocalAnalyzer({
    ...{ client: registry, trivy, version, tempDirectories, limits, jarIndex, compute },
  });
  return { analyzer, trivy, version, tempDirectories, registry };
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
