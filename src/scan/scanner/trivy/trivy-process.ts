import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../../kube/clock.ts';
import { makeDirectory } from '../../make-directory.ts';
import { ScanError } from '../../scan-error.ts';
import { BoundedProcesses, type ExitResult } from '../process/bounded-process.ts';
import type { ScanLimits } from '../process/limits.ts';
import { failureOf } from './failures.ts';

interface TrivyOptions {
  /** Absolute path of the program. */
  readonly path: string;
  readonly limits: ScanLimits;
  readonly clock?: Clock;
}

interface TrivyRun {
  /** A scratch directory; Trivy works in it, so that paths may be relative to it. */
  readonly directory: string;
  readonly args: readonly string[];
  /** The subject, for messages. */
  readonly what: string;
  /** Beside its own surroundings. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with each line of Trivy's log at level debug. */
  readonly onLog?: (line: string) => void;
}

// No telemetry and no check for a newer version.
const ALONE = ['--disable-telemetry', '--skip-version-check'];
const OUTPUT = 'output.json';

/** Trivy as a child process without the environment of the operator. */
export class TrivyProcess {
  readonly #path: string;
  readonly #limits: ScanLimits;
  readonly #processes: BoundedProcesses;

  constructor({ path, limits, clock = systemClock }: TrivyOptions) {
    this.#path = path;
    this.#limits = limits;
    this.#processes = new BoundedProcesses(clock);
  }

  /** @returns what it wrote to its output file. @throws ScanError; the signal's reason */
  async output(run: TrivyRun, signal: AbortSignal): Promise<Buffer> {
    const [command = '', ...rest] = run.args;
    await this.done({ ...run, args: [command, '--output', OUTPUT, ...rest] }, signal);
    return this.#read(join(run.directory, OUTPUT), run.what);
  }

  /** Runs a scanning command to its end. @throws ScanError; the signal's reason */
  async done(run: TrivyRun, signal: AbortSignal): Promise<void> {
    const [command = '', ...rest] = run.args;
    // Trivy's own timeout holds even after this process has ended.
    const verbosity = run.onLog ? '--debug' : '--quiet';
    const timeout = `${Math.ceil(this.#limits.timeMs / 1000) + 1}s`;
    await this.#run({ ...run, args: [command, verbosity, ...ALONE, '--timeout', timeout, ...rest] }, signal);
  }

  /** `trivy version` as parsed JSON. @throws ScanError; the signal's reason */
  async version(run: Omit<TrivyRun, 'args'> & { readonly cache?: string }, signal: AbortSignal): Promise<unknown> {
    const cache = run.cache === undefined ? [] : ['--cache-dir', run.cache];
    const { stdout } = await this.#run({ ...run, args: ['version', '--format', 'json', ...cache] }, signal);
    try {
      return JSON.parse(stdout);
    } catch {
      throw new ScanError(
        'ScannerFailed',
        `${run.what}: it does not report its version: check that ${this.#path} is Trivy`,
      );
    }
  }

  async #run({ directory, args, what, environment, onLog }: TrivyRun, signal: AbortSignal): Promise<ExitResult> {
    const home = join(directory, 'home');
    const temporary = join(directory, 'tmp');
    await Promise.all([home, temporary].map((path) => makeDirectory(path)));
    const command = {
      file: this.#path,
      args,
      directory,
      environment: { ...surroundings(home, temporary, this.#limits), ...environment },
      ...(onLog && { onErrorLine: onLog }),
    };
    const result = await this.#processes.run(command, this.#limits, signal);
    const failure = failureOf(what, result, this.#limits);
    if (failure !== undefined) throw failure;
    return result;
  }

  async #read(file: string, what: string): Promise<Buffer> {
    const { size } = await stat(file);
    if (size > this.#limits.outputBytes) {
      const most = Math.ceil(this.#limits.outputBytes / 2 ** 20);
      throw new ScanError('TooLarge', `${what}: the result is larger than ${most} MiB, the limit of one scan`);
    }
    return readFile(file);
  }
}

// Neither PATH (it would start credential helpers) nor any TRIVY_…, proxy or cloud credential of the operator.
function surroundings(home: string, temporary: string, limits: ScanLimits): Record<string, string> {
  return {
    HOME: home,
    TMPDIR: temporary,
    XDG_CACHE_HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_DATA_HOME: home,
    XDG_RUNTIME_DIR: home,
    DOCKER_CONFIG: home,
    GOMAXPROCS: String(limits.processors),
    // Go collects harder from here on, and does not stop there: the watchdog does.
    GOMEMLIMIT: String(Math.floor(limits.memoryBytes * 0.8)),
  };
}
