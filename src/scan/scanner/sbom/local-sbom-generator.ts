import { join } from 'node:path';
import { imageKey } from '../../image.ts';
import type { RegistryClient } from '../../registry/client.ts';
import { pullFromAny } from '../../registry/pull-from-any.ts';
import { asBuffer } from '../../threads/bytes.ts';
import type { Compute } from '../../threads/compute.ts';
import type { ScanLimits } from '../process/limits.ts';
import type { TempDirectories } from '../process/temp-directories.ts';
import type { SbomRequest } from '../scanner.ts';
import type { TrivyProcess } from '../trivy/trivy-process.ts';
import type { SbomGenerator } from '../trivy/trivy-scanner.ts';

interface LocalSbomGeneratorOptions {
  readonly client: Pick<RegistryClient, 'pull'>;
  readonly trivy: TrivyProcess;
  readonly tempDirectories: TempDirectories;
  readonly limits: ScanLimits;
  readonly compute: Compute;
  /** Directory with an index of jars for Trivy (--cache-dir). */
  readonly jarIndex: string;
}

const LAYOUT = 'layout';

/** Generates SBOMs in this process: it pulls the image, and a Trivy without network access reads it. */
export class LocalSbomGenerator implements SbomGenerator {
  readonly #options: LocalSbomGeneratorOptions;

  constructor(options: LocalSbomGeneratorOptions) {
    this.#options = options;
  }

  async sbom(request: SbomRequest, signal: AbortSignal): Promise<Buffer> {
    const { tempDirectories, limits, compute } = this.#options;
    const what = imageKey(request.image);
    const sbom = await tempDirectories.use(async (directory) => {
      await this.#pull(request, join(directory, LAYOUT), signal);
      return this.#read(directory, what, signal);
    });
    const input = { sbom, name: request.image.digest, what, mostBytes: limits.outputBytes };
    return asBuffer(await compute('normalizeSbom', input));
  }

  async #pull({ image, sources }: SbomRequest, directory: string, signal: AbortSignal): Promise<void> {
    const { client, limits } = this.#options;
    await pullFromAny(client, sources, { image, directory, limits, timeMs: limits.timeMs }, signal);
  }

  #read(directory: string, what: string, signal: AbortSignal): Promise<Buffer> {
    const flags = ['--format', 'cyclonedx', '--pkg-types', 'os,library', '--cache-backend', 'memory'];
    const offline = ['--skip-db-update', '--skip-java-db-update', '--offline-scan'];
    const args = ['image', ...flags, ...offline, '--cache-dir', this.#options.jarIndex, '--input', LAYOUT];
    return this.#options.trivy.output({ directory, args, what }, signal);
  }
}
