import { join } from 'node:path';
import type { Unread } from '../../findings/coverage/analysis.ts';
import type { ScannerVersion } from '../../findings/match.ts';
import { imageKey } from '../../image.ts';
import type { RegistryClient } from '../../registry/client.ts';
import { pullFromAny } from '../../registry/pull-from-any.ts';
import { asBuffer } from '../../threads/bytes.ts';
import type { Compute } from '../../threads/compute.ts';
import type { JarIndex, JarIndexHandle } from '../database/jar-index.ts';
import type { ScanLimits } from '../process/limits.ts';
import type { TempDirectories } from '../process/temp-directories.ts';
import type { AnalysisRequest } from '../scanner.ts';
import type { TrivyProcess } from '../trivy/trivy-process.ts';
import type { Analyzer } from '../trivy/trivy-scanner.ts';
import { ErrorLog } from '../unread/error-log.ts';
import { JarLog } from '../unread/jar-log.ts';
import { findPackageDatabases } from '../unread/package-databases.ts';
import { type AnalysisParts, tooLarge } from './analysis.ts';
import { readDescribed } from './bare-layout.ts';
import { TrivyCache } from './trivy-cache.ts';

interface LocalAnalyzerOptions {
  readonly client: Pick<RegistryClient, 'pull'>;
  readonly trivy: TrivyProcess;
  readonly version: ScannerVersion;
  readonly tempDirectories: TempDirectories;
  readonly limits: ScanLimits;
  readonly compute: Compute;
  readonly jarIndex: Pick<JarIndex, 'acquire' | 'provide' | 'problem'>;
}

const LAYOUT = 'layout';

/** Analyzes images in this process: it pulls the image, and a Trivy without network access reads it. */
export class LocalAnalyzer implements Analyzer {
  readonly #options: LocalAnalyzerOptions;

  constructor(options: LocalAnalyzerOptions) {
    this.#options = options;
  }

  async analyze(request: AnalysisRequest, signal: AbortSignal): Promise<Buffer> {
    const { tempDirectories, limits, compute } = this.#options;
    const parts = await tempDirectories.use(async (directory) => {
      await this.#pull(request, join(directory, LAYOUT), signal);
      return this.#readWithIndex(request, directory, signal);
    });
    return asBuffer(await compute('writeAnalysis', { parts, mostBytes: limits.outputBytes }));
  }

  async #pull({ image, sources }: AnalysisRequest, directory: string, signal: AbortSignal): Promise<void> {
    const { client, limits } = this.#options;
    await pullFromAny(client, sources, { image, directory, limits, timeMs: limits.timeMs }, signal);
  }

  /** Once more when jars need an index that there was not, while the image is here. */
  async #readWithIndex(request: AnalysisRequest, directory: string, signal: AbortSignal): Promise<AnalysisParts> {
    const { jarIndex } = this.#options;
    const first = await this.#readWith(jarIndex.acquire(), request, directory, signal);
    if ((first.parts.unread.jars?.count ?? 0) === 0) return first.parts;
    const digest = await jarIndex.provide(signal);
    if (digest !== undefined && digest !== first.digest) {
      return (await this.#readWith(jarIndex.acquire(), request, directory, signal)).parts;
    }
    const { problem } = jarIndex;
    return { ...first.parts, unread: { ...first.parts.unread, ...(problem !== undefined && { noJarIndex: problem }) } };
  }

  async #readWith(index: JarIndexHandle, request: AnalysisRequest, directory: string, signal: AbortSignal) {
    try {
      const parts = await this.#read(request, directory, index.directory, signal);
      return { parts, digest: index.digest };
    } finally {
      index.release();
    }
  }

  async #read(
    { image }: AnalysisRequest,
    directory: string,
    jarIndex: string,
    signal: AbortSignal,
  ): Promise<AnalysisParts> {
    const { trivy, version, limits } = this.#options;
    const what = imageKey(image);
    const [jars, errors] = [new JarLog(), new ErrorLog()];
    const onLog = (line: string) => {
      jars.add(line);
      errors.add(line);
    };
    const layout = join(directory, LAYOUT);
    const described = await readDescribed(layout);
    await using cache = await TrivyCache.open({ mostBytes: limits.outputBytes });
    // An SBOM needs no database, and the same analyzers as a match; only what they find is used.
    const flags = ['--format', 'cyclonedx', '--output', '/dev/null', '--pkg-types', 'os,library'];
    const offline = ['--skip-db-update', '--skip-java-db-update', '--offline-scan'];
    const args = ['image', ...flags, ...offline, '--cache-dir', jarIndex, '--input', LAYOUT];
    try {
      await trivy.done({ directory, args, what, environment: cache.environment, onLog }, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw cache.isFull ? tooLarge(what, limits.outputBytes) : error;
    }
    const unread = await this.#unread(jars, cache.records, layout, signal);
    return {
      ...{ image, scanner: version, ...described, records: cache.records },
      unread: { ...unread, ...errors.unread(unread.databases) },
    };
  }

  async #unread(jars: JarLog, records: AnalysisParts['records'], layout: string, signal: AbortSignal): Promise<Unread> {
    const { jars: identified, isOfDistribution } = await this.#options.compute('readPackages', [...records.values()]);
    return {
      jars: jars.unidentified(identified),
      ...(!isOfDistribution && (await findPackageDatabases(layout, signal))),
    };
  }
}
