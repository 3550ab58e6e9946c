import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { until } from '../until.ts';

const main = join(import.meta.dirname, '../../src/main.ts');

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
};

/** The operator as users run it: a process of its own, seen through its metrics and the kernel's figures. */
export class OperatorProcess {
  readonly #child: ChildProcess;
  readonly #metrics: string;
  readonly #health: string;

  private constructor(child: ChildProcess, metrics: number, health: number) {
    this.#child = child;
    this.#metrics = `http://127.0.0.1:${metrics}/metrics`;
    this.#health = `http://127.0.0.1:${health}/readyz`;
  }

  static async start(kubeconfig: string, ...flags: string[]): Promise<OperatorProcess> {
    const [metrics, health] = [await freePort(), await freePort()];
    const addresses = ['--metrics-address', `127.0.0.1:${metrics}`, '--health-address', `127.0.0.1:${health}`];
    const args = [main, 'operator', '--kubeconfig', kubeconfig, '--log-level', 'error', ...addresses, ...flags];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    return new OperatorProcess(child, metrics, health);
  }

  /** Waits until the caches are filled. */
  async ready(): Promise<void> {
    await until(
      'the operator is ready',
      () =>
        fetch(this.#health).then(
          (r) => r.ok,
          () => false,
        ),
      60_000,
    );
  }

  /** Sum of a metric over the lines whose labels match. */
  async metric(name: string, labels = /.*/): Promise<number> {
    const text = await (await fetch(this.#metrics)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    return lines
      .filter((line) => labels.test(line))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  /** Resident memory, MiB. Linux only. */
  async rss(): Promise<number> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
  }

  /** CPU time, seconds. Linux only; the kernel counts in hundredths. */
  async cpu(): Promise<number> {
    const fields = (await readFile(`/proc/${this.#child.pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }
}
