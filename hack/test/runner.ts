import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Supervisor } from '../controlplane/supervisor.ts';
import type { Check } from './checks.ts';
import { type Durations, readDurations, writeDurations } from './durations.ts';
import { findTestFiles, type TestFile } from './files.ts';
import { type Providers, Provisions } from './needs.ts';
import { type Ending, judgeCheck, judgeTestFile, type Result } from './result.ts';
import { run } from './run.ts';

export interface RunnerOptions {
  root: string;
  /** Only files whose path contains one of these; all when empty. */
  patterns: readonly string[];
  checks: readonly Check[];
  /** After all files. */
  lastChecks?: readonly Check[];
  /** Fewer tests than this are a failure: a runner that finds nothing must not be green. */
  minimumTests: number;
  providers: Providers;
  timeoutMs?: number;
  /** How many times their bounds files may take. Default: once. */
  patience?: number;
  /** Remembers how long each file took, for a better order next time. */
  durationsFile: string;
  print?: (line: string) => void;
}

export interface Totals {
  passed: number;
  failed: number;
}

const atOnce = 2;
const checkTimeoutMs = 300_000;

/** Runs checks, then test files, two at a time, then the last checks. The caller prints the totals. */
export async function runTests(options: RunnerOptions): Promise<Totals> {
  const [files, durations, logs] = await Promise.all([
    findTestFiles(options.root, options.patterns, options.timeoutMs ?? 120_000),
    readDurations(options.durationsFile),
    mkdtemp(join(tmpdir(), 'palisade-test-')),
  ]);
  const session = new Session(options, slowestFirst(files, durations), logs, durations);
  await session.run();
  await writeDurations(options.durationsFile, durations);
  return session.totals();
}

class Session {
  readonly #options: RunnerOptions;
  readonly #checks: Check[];
  readonly #files: TestFile[];
  readonly #logs: string;
  readonly #durations: Durations;
  readonly #supervisor: Supervisor;
  readonly #totals: Totals = { passed: 0, failed: 0 };
  readonly #print: (line: string) => void;

  constructor(options: RunnerOptions, files: TestFile[], logs: string, durations: Durations) {
    this.#options = options;
    this.#checks = [...options.checks];
    this.#files = files;
    this.#logs = logs;
    this.#durations = durations;
    this.#supervisor = new Supervisor(logs);
    this.#print = options.print ?? ((line) => process.stdout.write(`${line}\n`));
  }

  async run(): Promise<void> {
    const provisions = new Provisions(this.#options.providers);
    provisions.start(new Set(this.#files.flatMap((file) => file.needs)));
    try {
      await Promise.all(Array.from({ length: atOnce }, () => this.#work(provisions)));
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

  async #work(provisions: Provisions): Promise<void> {
    for (let check = this.#checks.shift(); check; check = this.#checks.shift()) await this.#runCheck(check);
    for (let file = this.#next(provisions); file; file = this.#next(provisions)) await this.#runFile(file, provisions);
  }

  /** The slowest file that need not wait; the others wait only when nothing else is left. */
  #next(provisions: Provisions): TestFile | undefined {
    const ready = this.#files.findIndex((file) => file.needs.length === 0 || provisions.settled);
    return this.#files.splice(Math.max(ready, 0), 1)[0];
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
      args: [file.path],
      cwd: this.#options.root,
      environment: { ...process.env, ...provided },
      timeoutMs: file.timeoutMs * (this.#options.patience ?? 1),
    };
    const started = performance.now();
    await this.#report(file.path, judgeTestFile, () => run(this.#supervisor, this.#logs, command));
    this.#durations[file.path] = Math.round(performance.now() - started);
  }

  async #report(name: string, judge: (ending: Ending) => Result, work: () => Promise<Ending>): Promise<void> {
    const started = performance.now();
    const ending = await work();
    const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
    const result = judge(ending);
    this.#totals.passed += result.passed;
    this.#totals.failed += result.failed;
    this.#print(describe(name, result, seconds));
    if (result.failed > 0 && ending.output.trim() !== '') this.#print(ending.output.trimEnd());
  }
}

function slowestFirst(files: readonly TestFile[], durations: Durations): TestFile[] {
  const expected = (file: TestFile) => durations[file.path] ?? file.timeoutMs;
  return files.toSorted((a, b) => expected(b) - expected(a));
}

function describe(name: string, result: Result, seconds: string): string {
  const skipped = result.skipped > 0 ? `, ${result.skipped} skipped` : '';
  const failed = result.failed > 0 ? `, ${result.failed} failed` : '';
  const reason = result.reason === undefined ? '' : `  ${result.reason}`;
  return `${result.failed > 0 ? 'FAIL' : 'ok  '} ${name}  ${result.passed} passed${failed}${skipped}  ${seconds}${reason}`;
}
