import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fetch } from 'undici';
import { TrivyCache } from '../../src/scan/scanner/analysis/trivy-cache.ts';
import { fixedScanLimits } from '../../src/scan/scanner/process/limits.ts';
import { freePort } from '../controlplane/port.ts';
import { Supervisor } from '../controlplane/supervisor.ts';
import { writeLayout } from '../images/layout.ts';
import { until } from '../until.ts';
import type { Figures } from './figures.ts';
import { inParallel } from './in-parallel.ts';
import { cpuTime } from './process-use.ts';
import { benchImage } from './scan-images.ts';

export interface RawTrivyOptions {
  readonly trivy: string;
  /** With the database in it. */
  readonly cache: string;
  /** Where it may work. */
  readonly directory: string;
  readonly images: number;
  /** Processes at the same time. */
  readonly concurrency: number;
}

// The operator's arguments: src/scan/scanner.
const QUIETLY = ['--quiet', '--disable-telemetry', '--skip-version-check', '--timeout', '600s'];
const OFFLINE = ['--skip-java-db-update', '--offline-scan'];
const ANALYZE = ['--format', 'cyclonedx', '--pkg-types', 'os,library', '--skip-db-update'];
const MATCH = ['--format', 'json', '--scanners', 'vuln', '--pkg-types', 'os,library', '--list-all-pkgs=false'];

/** Of each, seconds. */
interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

const environment = (home: string): Record<string, string> => ({
  HOME: home,
  TMPDIR: home,
  GOMAXPROCS: String(fixedScanLimits.processors),
});

type Environment = Readonly<Record<string, string>>;
type Around = (directory: string, run: (more: Environment) => Promise<void>) => Promise<void>;
const runAlone: Around = (_, run) => run({});

/** Trivy alone, each command once for each image: what no operator can be faster than. */
class RawTrivy {
  readonly #options: RawTrivyOptions;
  /** What Trivy found, by directory. */
  readonly #records = new Map<string, ReadonlyMap<string, Buffer>>();

  constructor(options: RawTrivyOptions) {
    this.#options = options;
  }

  async writeImages(): Promise<void> {
    await inParallel(this.#directories(), 2, async (directory, i) => {
      await mkdir(directory, { recursive: true });
      await writeLayout(join(directory, 'layout'), await benchImage(i));
    });
  }

  /** Keeps what it finds. */
  analyze(): Promise<Cost> {
    const args = ['image', ...ANALYZE, ...OFFLINE, '--cache-dir', `${this.#options.cache}-empty`, '--input', 'layout'];
    return this.#each(args, 'sbom.json', async (directory, run) => {
      await using cache = await TrivyCache.open({ mostBytes: fixedScanLimits.outputBytes });
      await run(cache.environment);
      this.#records.set(directory, cache.records);
    });
  }

  match(): Promise<Cost> {
    const { cache: databases } = this.#options;
    const args = ['image', ...MATCH, ...OFFLINE, '--cache-dir', databases, '--skip-db-update', '--input', 'layout'];
    return this.#each(args, 'report.json', async (directory, run) => {
      const records = this.#records.get(directory) ?? new Map();
      await using cache = await TrivyCache.open({ records, mostBytes: fixedScanLimits.outputBytes });
      await run(cache.environment);
    });
  }

  /** The same by a Trivy server on loopback. */
  async matchByServer(): Promise<Cost & { serverCpu: number }> {
    const { trivy, cache, directory } = this.#options;
    const supervisor = new Supervisor();
    try {
      const listen = `127.0.0.1:${await freePort()}`;
      const args = ['server', '--listen', listen, '--cache-dir', cache, '--skip-db-update'];
      const options = { log: join(directory, 'server.log'), env: environment(directory) };
      const { pid } = supervisor.start(trivy, args, options);
      const answers = async () => (await fetch(`http://${listen}/healthz`).catch(() => undefined))?.ok;
      await until('the Trivy server answers', answers, 60_000);
      const byServer = ['image', ...MATCH, ...OFFLINE, '--server', `http://${listen}`, '--input', 'layout'];
      // The first run fills its cache.
      await this.#each(byServer, 'report-by-server.json');
      const { own } = await cpuTime(pid);
      const cost = await this.#each(byServer, 'report-by-server.json');
      return { ...cost, serverCpu: ((await cpuTime(pid)).own - own) / this.#options.images };
    } finally {
      await supervisor.close();
    }
  }

  #directories(): string[] {
    return Array.from({ length: this.#options.images }, (_, i) => join(this.#options.directory, `image-${i}`));
  }

  async #each([command = '', ...args]: readonly string[], output: string, around: Around = runAlone): Promise<Cost> {
    const { images, concurrency } = this.#options;
    const all = [command, '--output', output, ...QUIETLY, ...args];
    const before = await cpuTime(process.pid);
    const started = performance.now();
    await inParallel(this.#directories(), concurrency, (directory) =>
      around(directory, (more) => this.#run(all, directory, more)),
    );
    const wall = (performance.now() - started) / 1000;
    const cpu = (await cpuTime(process.pid)).children - before.children;
    return { wall: wall / images, cpu: cpu / images };
  }

  async #run(args: readonly string[], cwd: string, more: Environment): Promise<void> {
    const child = spawn(this.#options.trivy, args, {
      cwd,
      env: { ...environment(cwd), ...more },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [status] = await once(child, 'exit');
    if (status !== 0) throw new Error(`trivy ${args.join(' ')} ended with ${status}`);
  }
}

/** Nothing else may be a child of this process that ends meanwhile. */
export const measureRawTrivy = async (options: RawTrivyOptions): Promise<Figures> => {
  const raw = new RawTrivy(options);
  await raw.writeImages();
  const [analysis, match, byServer] = [await raw.analyze(), await raw.match(), await raw.matchByServer()];
  return {
    'trivy image --format cyclonedx: CPU, s': analysis.cpu,
    'trivy image --format cyclonedx: one every, s': analysis.wall,
    'trivy image, analyzed: CPU, s': match.cpu,
    'trivy image, analyzed: one every, s': match.wall,
    'trivy image --server, analyzed: CPU, s': byServer.cpu,
    'trivy image --server, analyzed: CPU of the server, s': byServer.serverCpu,
    'trivy image --server, analyzed: one every, s': byServer.wall,
  };
};
