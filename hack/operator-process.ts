import { readFile } from 'node:fs/promises';
import { fetch } from 'undici';
import { DEFAULT_DNS_PEERS } from '../src/policy/sections/network/dns.ts';
import { type Job, Supervisor } from './controlplane/supervisor.ts';
import { palisadeScript } from './program.ts';
import { until } from './until.ts';

export interface OperatorOptions {
  readonly kubeconfig: string;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** Path of a file that its log is appended to. */
  readonly log: string;
  /** More flags, without their dashes. */
  readonly flags?: Readonly<Record<string, string>>;
  /** The command: this Node and `palisade` of this checkout when absent. */
  readonly command?: readonly [file: string, ...args: string[]];
  /** Besides PATH and HOME. */
  readonly environment?: Readonly<Record<string, string>>;
}

const STOP_MS = 5_000;

const ofCheckout = [process.execPath, palisadeScript] as const;

/** The operator as users run it: a process of its own. */
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
  static async start(options: OperatorOptions): Promise<OperatorProcess> {
    const { kubeconfig, namespaces, log, command = ofCheckout, environment = {} } = options;
    const flags = {
      'report-dir': `${log}.reports`,
      // A control plane alone has no DNS to find.
      'dns-peers': DEFAULT_DNS_PEERS,
      'report-address': '127.0.0.1:0',
      ...options.flags,
      kubeconfig,
      'metrics-address': '127.0.0.1:0',
      'health-address': '127.0.0.1:0',
      'log-format': 'json',
    };
    const [file, ...before] = command;
    const args = [
      ...before,
      'operator',
      ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
      ...(namespaces.length > 0 ? ['--namespaces', namespaces.join(',')] : []),
    ];
    const supervisor = new Supervisor();
    const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
    // A bundle lies somewhere else each time.
    const env = { PATH, HOME, ...(command === ofCheckout && { NODE_COMPILE_CACHE }), ...environment };
    const operator = new OperatorProcess(supervisor, supervisor.start(file, args, { log, env }), log);
    try {
      await until('the operator is ready', () => operator.#isReady());
      return operator;
    } catch (error) {
      await operator.stop();
      throw new Error(`${(error as Error).message}. The end of its log:\n${await operator.#logTail()}`);
    }
  }

  get pid(): number {
    return this.#job.pid;
  }

  /** Waits for its end. @returns an exit status or the name of a signal */
  exit(): Promise<number | NodeJS.Signals> {
    return this.#job.wait();
  }

  async stop(): Promise<void> {
    await this.#job.stop(STOP_MS);
    await this.#supervisor.close();
  }

  /** Base URL that reports are served under. */
  async reports(): Promise<string> {
    const [, , address] = (await this.#listening()) ?? [];
    return `http://${address}`;
  }

  /** Sum of a metric over the lines whose labels match. */
  async metric(name: string, labels = /.*/): Promise<number> {
    const [address] = (await this.#listening()) ?? [];
    const text = await (await fetch(`http://${address}/metrics`)).text();
    const lines = text.split('\n').filter((line) => /^\w+/.exec(line)?.[0] === name && labels.test(line));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  async #isReady(): Promise<boolean> {
    const ended = this.#job.ended();
    if (ended !== undefined) throw new Error(`the operator ended with ${ended}`);
    const [, health] = (await this.#listening()) ?? [];
    if (health === undefined) return false;
    const response = await fetch(`http://${health}/readyz`).catch(() => undefined);
    await response?.body?.cancel();
    return response?.ok === true;
  }

  /** It chooses free ports for metrics and health and says in its log which. */
  async #listening(): Promise<string[] | undefined> {
    const log = await readFile(this.#log, 'utf8').catch(() => '');
    const list = /"listening":(\[[^\]]*\])/.exec(log)?.[1];
    return list === undefined ? undefined : (JSON.parse(list) as string[]);
  }

  async #logTail(): Promise<string> {
    return (await readFile(this.#log, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-20).join('\n');
  }
}
