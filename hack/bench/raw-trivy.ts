import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fetch } from 'undici';
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
const SBOM = ['--format', 'cyclonedx', '--pkg-types', 'os,library', '--cache-backend', 'memory', '--skip-db-update'];
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

/** Trivy alone, each command once for each image: what no operator can be faster than. */
class RawTrivy {
  readonly #options: RawTrivyOptions;

  constructor(options: RawTrivyOptions) {
    this.#options = options;
  }

  async writeImages(): Promise<void> {
    await inParallel(this.#directories(), 2, async (directory, i) => {
      await mkdir(directory, { recursive: true });
      await writeLayout(join(directory, 'layout'), await benchImage(i));
    });
  }

  sbom(): Promise<Cost> {
    const { cache } = this.#options;
    return this.#each(
      ['image', ...SBOM, ...OFFLINE, '--cache-dir', `${cache}-empty`, '--input', 'layout'],
      'sbom.json',
    );
  }

  match(): Promise<Cost> {
    const { cache } = this.#options;
    const args = ['sbom', ...MATCH, ...OFFLINE, '--cache-dir', cache, '--skip-db-update', 'sbom.json'];
    return this.#each(args, 'report.json');
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
      const { own } = await cpuTime(pid);
      const cost = await this.#each(
        ['sbom', ...MATCH, ...OFFLINE, '--server', `http://${listen}`, 'sbom.json'],
        'report-by-server.json',
      );
      return { ...cost, serverCpu: ((await cpuTime(pid)).own - own) / this.#options.images };
    } finally {
      await supervisor.close();
    }
  }

  #directories(): string[] {
    return Array.from({ length: this.#options.images }, (_, i) => join(this.#options.directory, `image-${i}`));
  }

  async #each([command = '', ...args]: readonly string[], output: string): Promise<Cost> {
    const { images, concurrency } = this.#options;
    const all = [command, '--output', output, ...QUIETLY, ...args];
    const before = await cpuTime(process.pid);
    const started = performance.now();
    await inParallel(this.#directories(), concurrency, (directory) => this.#run(all, directory));
    const wall = (performance.now() - started) / 1000;
    const cpu = (await cpuTime(process.pid)).children - before.children;
    return { wall: wall / images, cpu: cpu / images };
  }

  async #run(args: readonly string[], cwd: string): Promise<void> {
    const child = spawn(this.#options.trivy, args, {
      cwd,
      env: environment(cwd),
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
  const [sbom, match, byServer] = [await raw.sbom(), await raw.match(), await raw.matchByServer()];
  return {
    'trivy image --format cyclonedx: CPU, s': sbom.cpu,
    'trivy image --format cyclonedx: one every, s': sbom.wall,
    'trivy sbom: CPU, s': match.cpu,
    'trivy sbom: one every, s': match.wall,
    'trivy sbom --server: CPU, s': byServer.cpu,
    'trivy sbom --server: CPU of the server, s': byServer.serverCpu,
    'trivy sbom --server: one every, s': byServer.wall,
  };
};
