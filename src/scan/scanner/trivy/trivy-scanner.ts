import { monotonicClock } from '../../../kube/clock.ts';
import { type DatabaseVersion, databaseKey } from '../../database-version.ts';
import type { ScannerVersion } from '../../findings/match.ts';
import { imageKey } from '../../image.ts';
import { ScanError } from '../../scan-error.ts';
import { type Compute, TaskTooLarge } from '../../threads/compute.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { KnownDistributions } from '../analysis/known-distributions.ts';
import { OutdatedAnalysis } from '../analysis/outdated-analysis.ts';
import { OFFLINE, Replay } from '../analysis/replay.ts';
import { TrivyServer } from '../analysis/trivy-server.ts';
import type { Database, DatabaseHandle } from '../database/database.ts';
import type { JarIndex } from '../database/jar-index.ts';
import type { ScanLimits } from '../process/limits.ts';
import type { TempDirectories } from '../process/temp-directories.ts';
import type { AnalysisRequest, MatchOutput, SbomOptions, Scanner } from '../scanner.ts';
import type { TrivyProcess } from './trivy-process.ts';

/** Analyzes images: in this process, or in a Job. */
export interface Analyzer {
  analyze(request: AnalysisRequest, signal: AbortSignal): Promise<Buffer>;
}

interface TrivyScannerOptions {
  readonly trivy: TrivyProcess;
  readonly version: ScannerVersion;
  readonly analyzer: Analyzer;
  readonly database: Database;
  readonly tempDirectories: TempDirectories;
  readonly limits: ScanLimits;
  readonly compute: Compute;
  /** Absent: analyses are made without one. */
  readonly jarIndex?: Pick<JarIndex, 'provide'> & Partial<Pick<JarIndex, 'requested'>>;
}

type Matched = Omit<MatchOutput, 'analysis'>;

/** An unforeseen error, such as a full disk, is a failure of the scanner. */
async function explained<T>(what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ScanError || error instanceof OutdatedAnalysis) throw error;
    if (error instanceof TaskTooLarge) throw needsMemory(what, error);
    throw new ScanError('ScannerFailed', `${what}: ${(error as Error).message}`, { cause: error });
  }
}

const needsMemory = (what: string, cause: Error): ScanError =>
  new ScanError(
    'TooLarge',
    `${what}: its packages need more memory than one scan may have: use an image with fewer packages`,
    { cause },
  );

/** Trivy: analyses from an analyzer, matched against its vulnerability database. */
export class TrivyScanner implements Scanner {
  readonly #options: TrivyScannerOptions;
  readonly #replay: Replay;
  readonly #known = new KnownDistributions(monotonicClock);
  /** The version of Trivy by which images are analyzed now: that of Jobs is in their image. */
  #analyzedBy: string;

  constructor(options: TrivyScannerOptions) {
    this.#options = options;
    this.#replay = new Replay(options);
    this.#analyzedBy = options.version.version;
  }

  analyze(request: AnalysisRequest, signal: AbortSignal): Promise<Buffer> {
    return explained(imageKey(request.image), signal, () => this.#options.analyzer.analyze(request, signal));
  }

  match(analysis: Buffer, signal: AbortSignal): Promise<MatchOutput> {
    return explained('an image', signal, async () => {
      const read = await this.#replay.read(analysis);
      this.#analyzedBy = read.scanner.version;
      return { ...(await this.#matchWithCurrent(read, signal)), analysis };
    });
  }

  rematch(analysis: Buffer, signal: AbortSignal): Promise<MatchOutput> {
    return explained('an image', signal, async () => {
      const read = await this.#replay.read(analysis);
      await this.#checkCurrent(read, signal);
      return { ...(await this.#matchWithCurrent(read, signal)), analysis };
    });
  }

  sbomOf(analysis: Buffer, options: SbomOptions, signal: AbortSignal): Promise<Buffer> {
    return explained('an image', signal, () => this.#replay.sbom(analysis, options, signal));
  }

  rescanRequested(at: number): void {
    this.#options.jarIndex?.requested?.(at);
  }

  /** Why the last check for a newer database failed, or the download of the first one. */
  databaseProblem(): string | undefined {
    return this.#options.database.problem();
  }

  database(): DatabaseVersion | undefined {
    return this.#options.database.current();
  }

  /** Checks for a newer database. @returns whether there is one. @throws ScanError; the old one stays */
  refreshDatabase(signal: AbortSignal): Promise<boolean> {
    return this.#options.database.refresh(signal);
  }

  /** Calls back when there is another database; the returned function ends that. */
  onDatabaseChange(listener: () => void): () => void {
    return this.#options.database.subscribe(listener);
  }

  async #matchWithCurrent(analysis: Analysis, signal: AbortSignal): Promise<Matched> {
    const { database } = this.#options;
    const handle = database.acquire();
    try {
      return await this.#match(analysis, handle, signal);
    } catch (error) {
      const suspect = error instanceof ScanError && error.reason === 'DatabaseMissing';
      if (!suspect || !(await database.discardDamaged(handle))) throw error;
    } finally {
      handle.release();
    }
    return this.#matchAgain(analysis, signal);
  }

  /**
   * Another version of Trivy may read files that this one did not, even with the same versions of its analyzers, and an
   * index may identify jars now.
   * @throws OutdatedAnalysis
   */
  async #checkCurrent({ image, scanner, unread }: Analysis, signal: AbortSignal): Promise<void> {
    const outdated = (why: string) => new OutdatedAnalysis(`${imageKey(image)}: ${why}`, { isUsable: true });
    const current = this.#analyzedBy;
    if (scanner.version !== current) throw outdated(`its analysis is by Trivy ${scanner.version}, not ${current}`);
    if (unread.noJarIndex === undefined || (await this.#options.jarIndex?.provide(signal)) === undefined) return;
    throw outdated('its jars were looked at without the index of jars');
  }

  /** After a damaged database: once more with a new one. */
  async #matchAgain(analysis: Analysis, signal: AbortSignal): Promise<Matched> {
    const { database } = this.#options;
    await database.refresh(signal).catch((cause) => {
      signal.throwIfAborted();
      const what = imageKey(analysis.image);
      throw new ScanError('DatabaseMissing', `${what}: the vulnerability database was damaged: ${cause.message}`, {
        cause,
      });
    });
    const handle = database.acquire();
    try {
      return await this.#match(analysis, handle, signal);
    } finally {
      handle.release();
    }
  }

  async #match(analysis: Analysis, handle: DatabaseHandle, signal: AbortSignal): Promise<Matched> {
    const { version, compute, limits } = this.#options;
    const what = imageKey(analysis.image);
    const server = handle.server && new TrivyServer({ url: handle.server, what, timeMs: limits.timeMs });
    const records = server && (await compute('serverRecords', analysis));
    if (records) await server?.put(records.calls, signal);
    const flags = ['--format', 'json', '--scanners', 'vuln', '--pkg-types', 'os,library', '--list-all-pkgs=false'];
    const args = [...flags, ...OFFLINE, ...handle.args];
    const output = await this.#replay.output(analysis, { args }, signal);
    // Not before: an image that the server refuses is refused with the server's reason.
    const isKnownToServer = server && (await this.#isKnownTo(server, analysis, handle.version, signal));
    return {
      ...{ output, what, scanner: version, database: handle.version },
      ...(handle.buckets && { buckets: handle.buckets }),
      ...(records && { notKept: records.notKept }),
      ...(isKnownToServer !== undefined && { isKnownToServer }),
    };
  }

  /** Whether a server has advisories for the image's distribution; undefined without packages of one. */
  async #isKnownTo(
    server: TrivyServer,
    analysis: Analysis,
    database: DatabaseVersion,
    signal: AbortSignal,
  ): Promise<boolean | undefined> {
    const probe = await this.#options.compute('serverProbe', analysis);
    if (probe === undefined) return undefined;
    const key = `${databaseKey(database)} ${probe.distribution}`;
    return await this.#known.has(key, () => server.findsAny(probe, signal));
  }
}
