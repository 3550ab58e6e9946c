import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetch } from 'undici';
import { type Job, Supervisor } from '../controlplane/supervisor.ts';
import { until } from '../until.ts';

export interface OperatorOptions {
  readonly kubeconfig: string;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  readonly log: string;
}

const READY_MS = 20_000;
const STOP_MS = 5_000;

/** The operator as anybody runs it: a process of its own, through src/main.ts. */
export class OperatorProcess {
  readonly #supervisor: Supervisor;
  readonly #job: Job;
  readonly #log: string;

  private constructor(supervisor: Supervisor, job: Job, log: string) {
    this.#supervisor = supervisor;
    this.#job = job;
    this.#log = log;
  }

  /** Returns when it is ready. */
  static async start({ kubeconfig, namespaces, log }: OperatorOptions): Promise<OperatorProcess> {
    const flags = { kubeconfig, 'metrics-address': '0', 'health-address': '127.0.0.1:0', 'log-format': 'json' };
    const args = [
      join(import.meta.dirname, '../../src/main.ts'),
      'operator',
      ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
      ...(namespaces.length > 0 ? ['--namespaces', namespaces.join(',')] : []),
    ];
    const supervisor = new Supervisor();
    const operator = new OperatorProcess(supervisor, supervisor.start(process.execPath, args, { log }), log);
    try {
      await until('the operator is ready', () => operator.#isReady(), READY_MS);
      return operator;
    } catch (error) {
      await operator.stop();
      throw new Error(`${(error as Error).message}. The end of its log:\n${await operator.#logTail()}`);
    }
  }

  async stop(): Promise<void> {
    await this.#job.stop(STOP_MS);
    await this.#supervisor.close();
  }

  async #isReady(): Promise<boolean> {
    const ended = this.#job.ended();
    if (ended !== undefined) throw new Error(`the operator ended with ${ended}`);
    const address = await this.#healthAddress();
    if (address === undefined) return false;
    const response = await fetch(`http://${address}/readyz`).catch(() => undefined);
    await response?.body?.cancel();
    return response?.ok === true;
  }

  /** It chooses a free port and says in its log which. */
  async #healthAddress(): Promise<string | undefined> {
    const log = await readFile(this.#log, 'utf8').catch(() => '');
    return /"listening":\["([^"]+)"\]/.exec(log)?.[1];
  }

  async #logTail(): Promise<string> {
    return (await readFile(this.#log, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-20).join('\n');
  }
}
