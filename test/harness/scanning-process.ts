import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { palisadeScript } from '../../hack/program.ts';
import { until } from './until.ts';

const START_MS = 60_000;

export interface ScanningProcessOptions {
  readonly kubeconfig: string;
  readonly namespaces: readonly string[];
  /** Without their dashes. */
  readonly flags: Readonly<Record<string, string>>;
}

interface Line {
  readonly msg: string;
  readonly level: string;
  readonly image?: string;
}

/** An operator that a test may kill: nothing is cleaned up behind it. */
export class ScanningProcess {
  readonly child: ChildProcess;
  /** Its log so far. */
  readonly lines: Line[] = [];

  private constructor(child: ChildProcess) {
    this.child = child;
    if (child.stderr !== null) {
      createInterface(child.stderr).on('line', (line) => this.lines.push(JSON.parse(line) as Line));
    }
  }

  /** Returns when it reconciles. */
  static async start({ kubeconfig, namespaces, flags }: ScanningProcessOptions): Promise<ScanningProcess> {
    const all = {
      kubeconfig,
      namespaces: namespaces.join(','),
      'metrics-address': '0',
      'health-address': '0',
      'report-address': '0',
      'log-format': 'json',
      'log-level': 'debug',
      ...flags,
    };
    const args = [palisadeScript, 'operator', ...Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])];
    const running = new ScanningProcess(spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'pipe'] }));
    try {
      await until('the operator reconciles', () => running.#isReconciling(), START_MS);
      return running;
    } catch (error) {
      await running.end('SIGKILL');
      throw error;
    }
  }

  /** How often something was scanned. */
  get scanned(): number {
    return this.lines.filter(({ msg, image }) => msg === 'scanned' && image !== undefined).length;
  }

  /** @returns its exit status, or the signal's name */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode ?? 0;
    const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    child.kill(signal);
    const [code, by] = await exit;
    return code ?? by ?? 0;
  }

  #isReconciling(): boolean {
    if (this.child.exitCode !== null) {
      const log = this.lines.map(({ msg }) => msg).join('\n');
      throw new Error(`the operator ended with ${this.child.exitCode}:\n${log}`);
    }
    return this.lines.some(({ msg }) => msg === 'caches are filled');
  }
}
