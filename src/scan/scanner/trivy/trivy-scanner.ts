import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseVersion } from '../../database-version.ts';
import type { ScannerVersion } from '../../findings/match.ts';
import { imageKey } from '../../image.ts';
import { ScanError } from '../../scan-error.ts';
import { type Compute, TaskTooLarge } from '../../threads/compute.ts';
import type { Database, DatabaseHandle } from '../database/database.ts';
import type { ScanLimits } from '../process/limits.ts';
import type { TempDirectories } from '../process/temp-directories.ts';
import type { MatchOutput, SbomRequest, Scanner } from '../scanner.ts';
import type { TrivyProcess } from './trivy-process.ts';

/** Generates SBOMs: in this process, or in a Job. */
export interface SbomGenerator {
  sbom(request: SbomRequest, signal: AbortSignal): Promise<Buffer>;
}

interface TrivyScannerOptions {
  readonly trivy: TrivyProcess;
  readonly version: ScannerVersion;
  readonly sboms: SbomGenerator;
  readonly database: Database;
  readonly tempDirectories: TempDirectories;
  readonly limits: ScanLimits;
  readonly compute: Compute;
}

interface NamedSbom {
  readonly sbom: Buffer;
  /** The subject of the SBOM, for messages. */
  readonly what: string;
}

/** An unforeseen error, such as a full disk, is a failure of the scanner. */
async function explained<T>(what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ScanError) throw error;
    if (error instanceof TaskTooLarge) throw tooLarge(what, error);
    throw new ScanError('ScannerFailed', `${what}: ${(error as Error).message}`, { cause: error });
  }
}

const tooLarge = (what: string, cause: Error): ScanError =>
  new ScanError(
    'TooLarge',
    `${what}: its SBOM needs more memory than one scan may have: use an image with fewer packages`,
    {
      cause,
    },
  );

/** Trivy: SBOMs from a generator, matched against its vulnerability database. */
export class TrivyScanner implements Scanner {
  readonly #options: TrivyScannerOptions;

  constructor(options: TrivyScannerOptions) {
    this.#options = options;
  }

  sbom(request: SbomRequest, signal: AbortSignal): Promise<Buffer> {
    return explained(imageKey(request.image), signal, () => this.#options.sboms.sbom(request, signal));
  }

  match(sbom: Buffer, signal: AbortSignal): Promise<MatchOutput> {
    return explained('an image', signal, () => this.#matchWithCurrent(sbom, signal));
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

  async #matchWithCurrent(sbom: Buffer, signal: AbortSignal): Promise<MatchOutput> {
    const { database, limits, compute } = this.#options;
    const subject = { sbom, what: await compute('checkSbom', { sbom, mostBytes: limits.outputBytes }) };
    const handle = database.acquire();
    try {
      return await this.#match(subject, handle, signal);
    } catch (error) {
      const suspect = error instanceof ScanError && error.reason === 'DatabaseMissing';
      if (!suspect || !(await database.discardDamaged(handle))) throw error;
    } finally {
      handle.release();
    }
    return this.#matchAgain(subject, signal);
  }

  /** After a damaged database: once more with a new one. */
  async #matchAgain(subject: NamedSbom, signal: AbortSignal): Promise<MatchOutput> {
    const { database } = this.#options;
    await database.refresh(signal).catch((cause) => {
      signal.throwIfAborted();
      const { what } = subject;
      throw new ScanError('DatabaseMissing', `${what}: the vulnerability database was damaged: ${cause.message}`, {
        cause,
      });
    });
    const handle = database.acquire();
    try {
      return await this.#match(subject, handle, signal);
    } finally {
      handle.release();
    }
  }

  async #match(subject: NamedSbom, handle: DatabaseHandle, signal: AbortSignal): Promise<MatchOutput> {
    const { tempDirectories, version } = this.#options;
    const output = await tempDirectories.use((directory) => this.#run(directory, subject, handle, signal));
    return { output, what: subject.what, scanner: version, database: handle.version };
  }

  async #run(
    directory: string,
    { sbom, what }: NamedSbom,
    handle: DatabaseHandle,
    signal: AbortSignal,
  ): Promise<Buffer> {
    await writeFile(join(directory, 'sbom.json'), sbom, { mode: 0o600 });
    const flags = ['--format', 'json', '--scanners', 'vuln', '--pkg-types', 'os,library', '--list-all-pkgs=false'];
    const offline = ['--skip-java-db-update', '--offline-scan'];
    return this.#options.trivy.output(
      { directory, args: ['sbom', ...flags, ...offline, ...handle.args, '--', 'sbom.json'], what },
      signal,
    );
  }
}
