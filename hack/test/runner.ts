import { mkdtemp } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Supervisor } from '../controlplane/supervisor.ts';
import type { Check } from './checks.ts';
import { findTestFiles, type TestFile } from './files.ts';
import { type Measurements, readMeasurements, remembered, writeMeasurements } from './measurements.ts';
import { type Providers, Provisions } from './needs.ts';
import { type Ending, judgeCheck, judgeTestFile, type Result } from './result.ts';
import { type Ended, run } from './run.ts';
import { Schedule } from './schedule.ts';
import type { Ran } from './summary.ts';

export interface RunnerOptions {
  root: string;
  /** Only files whose path contains one of these; all when empty. */
  patterns: readonly string[];
  /** Only files of which this is true. Default: all. */
  has?: (file: TestFile) => boolean;
  checks: readonly Check[];
  /** After all files. */
  lastChecks?: readonly Check[];
  /** Fewer tests than this are a failure: a runner that finds nothing must not be green. */
  minimumTests: number;
  providers: Providers;
  timeoutMs?: number;
  /** How many times their bounds files may take. Default: once. */
  patience?: number;
  /** Of test files, besides that of this process. */
  environment?: Readonly<Record<string, string>>;
  /** Stores the time of each file, for a better order in the next run. */
  measurementsFile: string;
  /** How many computing files run at a time. Default: one a core. */
  cores?: number;
  print?: (line: string) => void;
}

export interface Totals {
  passed: number;
  failed: number;
  /** The test files that ran to an end. */
  ran: Ran[];
}

const cpuTime = import.meta.resolve('./cpu-time.ts');
const checkTimeoutMs = 300_000;

/** Runs checks, then test files, as many at a time as the cores can bear, then the last checks. The caller prints the totals. */
export async function runTests(options: RunnerOptions): Promise<Totals> {
  const [found, measurements, logs] = await Promise.all([
    findTestFiles(options.root, options.patterns, options.timeoutMs ?? 300_000),
    readMeasurements(options.measurementsFile),
    mkdtemp(join(tmpdir(), 'palisade-test-')),
  ]);
  const files = found.filter((file) => options.has?.(file) ?? true);
  const session = new Session(options, files, logs, measurements);
  await session.run();
  await writeMeasurements(options.measurementsFile, measurements);
  return session.totals();
}

class Session {
  readonly #options: RunnerOptions;
  readonly #files: readonly TestFile[];
  readonly #logs: string;
  readonly #measurements: Measurements;
  readonly #cores: number;
  readonly #supervisor: Supervisor;
  readonly #totals: Totals = { passed: 0, failed: 0, ran: [] };
  readonly #print: (line: string) => void;

  constructor(options: RunnerOptions, files: readonly TestFile[], logs: string, measurements: Measurements) {
    this.#options = options;
    this.#files = files;
    this.#logs = logs;
    this.#measurements = measurements;
    this.#cores = options.cores ?? availableParallelism();
    this.#supervisor = new Supervisor(logs);
    this.#print = options.print ?? ((line) => process.stdout.write(`${line}\n`));
  }

  async run(): Promise<void> {
    const provisions = new Provisions(this.#options.providers);
    provisions.start(new Set(this.#files.flatMap((file) => file.needs)));
    try {
      await this.#runChecks();
      await this.#runFiles(provisions);
      for (const check of this.#options.lastChecks ?? []) await this.#runCheck(check);
    } finally {
      await provisions.stop();
      await this.#supervisor.close();
    }
  }

  totals(): Totals {
    const ran = this.#totals.passed + this.#totals.failed;
    if (ran >= this.#options.minimumTests) return this.#totals;
    this.#print(`FAIL only ${ran} tests ran, and there must be at least ${this.#options.minimumTests}`);
    return { ...this.#totals, failed: this.#totals.failed + 1 };
  }

  /** Each of them may use a core. */
  async #runChecks(): Promise<void> {
    const checks = [...this.#options.checks];
    const worker = async () => {
      for (let check = checks.shift(); check; check = checks.shift()) await this.#runCheck(check);
    };
    await Promise.all(Array.from({ length: this.#cores }, worker));
  }

  /** A file that needs something starts when all is set up: what else there is comes first. */
  async #runFiles(provisions: Provisions): Promise<void> {
    const schedule = new Schedule(this.#files, this.#measurements, this.#cores);
    const running = new Set<Promise<void>>();
    const isReady = (file: TestFile) => file.needs.length === 0 || provisions.isSettled;
    while (!schedule.isEmpty || running.size > 0) {
      for (let next = schedule.next(isReady); next; next = schedule.next(isReady)) {
        const { file, ended } = next;
        const done = this.#runFile(file, provisions).then(() => {
          ended();
          running.delete(done);
        });
        running.add(done);
      }
      await Promise.race([...running, ...(provisions.isSettled ? [] : [provisions.settled])]);
    }
  }

  async #runCheck(check: Check): Promise<void> {
    const command = { cwd: this.#options.root, environment: process.env, timeoutMs: checkTimeoutMs, ...check };
    await this.#report(check.name, judgeCheck, () => run(this.#supervisor, this.#logs, command));
  }

  async #runFile(file: TestFile, provisions: Provisions): Promise<void> {
    let provided: Record<string, string>;
    try {
      provided = await provisions.environment(file.needs);
    } catch (error) {
      this.#totals.failed += 1;
      this.#print(`FAIL ${file.path}  ${(error as Error).message}`);
      return;
    }
    const command = {
      file: process.execPath,
      args: ['--import', cpuTime, file.path],
      cwd: this.#options.root,
      environment: { ...process.env, ...this.#options.environment, ...provided },
      timeoutMs: file.timeoutMs * (this.#options.patience ?? 1),
    };
    const started = performance.now();
    const { cpuMs } = await this.#report(file.path, judgeTestFile, () => run(this.#supervisor, this.#logs, command));
    const ms = Math.round(performance.now() - started);
    const measured = { ms, ...(cpuMs !== undefined && { cpuMs }) };
    this.#totals.ran.push({ path: file.path, ...measured });
    this.#measurements[file.path] = remembered(this.#measurements[file.path], measured);
  }

  async #report(name: string, judge: (ending: Ending) => Result, work: () => Promise<Ended>): Promise<Ended> {
    const started = performance.now();
    const ending = await work();
    const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
    const result = judge(ending);
    this.#totals.passed += result.passed;
    this.#totals.failed += result.failed;
    this.#print(describe(name, result, seconds));
    if (result.failed > 0 && ending.output.trim() !== '') this.#print(ending.output.trimEnd());
    return ending;
  }
}

function describe(name: string, result: Result, seconds: string): string {
  const skipped = result.skipped > 0 ? `, ${result.skipped} skipped` : '';
  const failed = result.failed > 0 ? `, ${result.failed} failed` : '';
  const reason = result.reason === undefined ? '' : `  ${result.reason}`;
  return `${result.failed > 0 ? 'FAIL' : 'ok  '} ${name}  ${result.passed} passed${failed}${skipped}  ${seconds}${reason}`;
}
