import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { imageKey } from '../../image.ts';
import { ScanError } from '../../scan-error.ts';
import type { Compute } from '../../threads/compute.ts';
import type { ScanLimits } from '../process/limits.ts';
import type { TempDirectories } from '../process/temp-directories.ts';
import type { SbomOptions } from '../scanner.ts';
import type { TrivyProcess } from '../trivy/trivy-process.ts';
import { type Analysis, cacheKey } from './analysis.ts';
import { writeBareLayout } from './bare-layout.ts';
import { OutdatedAnalysis } from './outdated-analysis.ts';
import { TrivyCache } from './trivy-cache.ts';

interface ReplayOptions {
  readonly trivy: TrivyProcess;
  readonly tempDirectories: TempDirectories;
  readonly limits: ScanLimits;
  readonly compute: Compute;
}

/** Runs `trivy image` on what an analysis has recorded instead of the image's layers. */
export class Replay {
  readonly #options: ReplayOptions;

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  /** @throws OutdatedAnalysis when it is of another version of Palisade; ScanError */
  async read(bytes: Buffer): Promise<Analysis> {
    const { compute, limits } = this.#options;
    const analysis = await compute('readAnalysis', { analysis: bytes, mostBytes: limits.outputBytes });
    if (analysis === undefined) throw new OutdatedAnalysis('an image: its analysis is of another version of Palisade');
    return analysis;
  }

  /** @throws as `read` and `output` */
  async sbom(bytes: Buffer, { format, repository }: SbomOptions, signal: AbortSignal): Promise<Buffer> {
    const args = ['--format', format, '--pkg-types', 'os,library', '--skip-db-update', ...OFFLINE];
    return this.output(await this.read(bytes), { args, ...(repository && { repository }) }, signal);
  }

  /**
   * @returns Trivy's output
   * @throws OutdatedAnalysis when it does not have all that Trivy asks for; ScanError; the signal's reason
   */
  output(analysis: Analysis, { args, repository }: ReplayRun, signal: AbortSignal): Promise<Buffer> {
    const { trivy, tempDirectories, limits } = this.#options;
    const { image, manifest } = analysis;
    return tempDirectories.use(async (directory) => {
      const name = NAME.test(repository ?? '') ? repository : undefined;
      const layout = name ?? LAYOUT;
      await mkdir(join(directory, layout), { recursive: true });
      await writeBareLayout(join(directory, layout), analysis, signal);
      await using cache = await TrivyCache.open({ records: recordsOf(analysis), mostBytes: limits.outputBytes });
      const input = name === undefined ? layout : `${layout}@${manifest.digest}`;
      const all = ['image', ...args, '--input', input];
      const run = { directory, args: all, what: imageKey(image), environment: cache.environment };
      const output = await trivy.output(run, signal).catch((error) => {
        signal.throwIfAborted();
        throw cache.isMissed || needsLayers(error) ? outdated(analysis) : error;
      });
      // Trivy has then looked at the image itself, which has no layers here.
      if (cache.isMissed) throw outdated(analysis);
      return output;
    });
  }
}

interface ReplayRun {
  /** Without the input. */
  readonly args: readonly string[];
  /** The path of the image is its name for Trivy. */
  readonly repository?: string;
}

/** Trivy needs no network. */
export const OFFLINE: readonly string[] = ['--skip-java-db-update', '--offline-scan'];

const LAYOUT = 'layout';
/** It becomes a path below the scratch directory. */
const NAME = /^(?:[a-z0-9][a-z0-9.-]*|\[[0-9a-f:.]+\])(?::\d+)?(?:\/[a-z0-9][a-z0-9._-]*)+$/i;

/** Also with a server, whose cache this process does not see. */
const needsLayers = (error: unknown): boolean => error instanceof ScanError && error.reason === 'DamagedImage';

const outdated = ({ image, scanner }: Analysis): OutdatedAnalysis =>
  new OutdatedAnalysis(
    `${imageKey(image)}: its analysis by Trivy ${scanner.version} does not have what this Trivy asks for`,
  );

const recordsOf = ({ artifact, blobs }: Analysis): Map<string, Buffer> =>
  new Map([
    [cacheKey('artifact', artifact.id), Buffer.from(artifact.record)],
    ...blobs.map(({ id, record }) => [cacheKey('blob', id), Buffer.from(record)] as const),
  ]);
