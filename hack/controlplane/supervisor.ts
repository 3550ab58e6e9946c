import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, closeSync, openSync } from 'node:fs';
import type { Writable } from 'node:stream';

// Each line is the whole list of process groups; end of input means that our process is gone, even by SIGKILL.
const watchdogScript = `
trap '' HUP INT TERM
groups=
while read -r line; do groups=$line; done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
[ -z "$1" ] || rm -rf -- "$1"
`;

export interface Job {
  readonly pid: number;
  /** How it ended, once it has: an exit status or the name of a signal. */
  readonly ended: () => number | NodeJS.Signals | undefined;
  /** Waits for the end; only this and `stop` keep Node running. */
  wait(): Promise<number | NodeJS.Signals>;
  /** SIGTERM, then SIGKILL after `boundMs`. Nothing of its process group outlives it. */
  stop(boundMs: number): Promise<void>;
}

export interface JobOptions {
  /** stdout and stderr are appended to this file. */
  log: string;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** Starts processes that never outlive this one, and removes `directory` after them. */
export class Supervisor {
  readonly #watchdog: ChildProcess;
  readonly #groups = new Set<number>();

  constructor(directory = '') {
    this.#watchdog = spawn('/bin/sh', ['-c', watchdogScript, 'palisade-watchdog', directory], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
      env: { PATH: process.env.PATH },
    });
    this.#watchdog.on('error', () => {});
    this.#watchdog.stdin?.on('error', () => {});
    unref(this.#watchdog);
  }

  start(file: string, args: readonly string[], options: JobOptions): Job {
    const log = openSync(options.log, 'a');
    // A group of its own: Ctrl-C in a terminal must not reach it before its starter has decided the order.
    const child = spawn(file, args, {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: options.cwd ?? '/',
      env: options.env ?? { PATH: process.env.PATH, HOME: process.env.HOME },
    });
    closeSync(log);
    child.unref();
    if (child.pid === undefined) return failedJob(child, file, options.log);
    return this.#watch(child, child.pid);
  }

  /** Ends the watchdog, which ends what still runs and removes the directory. */
  async close(): Promise<void> {
    if (this.#watchdog.exitCode !== null || this.#watchdog.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#watchdog.once('exit', resolve));
    this.#watchdog.ref();
    this.#watchdog.stdin?.end();
    await gone;
  }

  #watch(child: ChildProcess, pid: number): Job {
    this.#setGroups(() => this.#groups.add(pid));
    let ended: number | NodeJS.Signals | undefined;
    const exit = new Promise<number | NodeJS.Signals>((resolve) => {
      child.once('exit', (code, signal) => {
        killGroup(pid);
        this.#setGroups(() => this.#groups.delete(pid));
        ended = code ?? signal ?? 0;
        resolve(ended);
      });
    });
    const wait = () => {
      if (ended === undefined) child.ref();
      return exit;
    };
    const stop = async (boundMs: number) => {
      if (ended !== undefined) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => killGroup(pid), boundMs);
      await wait();
      clearTimeout(timer);
    };
    return { pid, ended: () => ended, wait, stop };
  }

  #setGroups(change: () => void): void {
    change();
    this.#watchdog.stdin?.write(`${[...this.#groups].join(' ')}\n`);
  }
}

/** As a shell does it: exit status 127, and the reason where the output goes. */
function failedJob(child: ChildProcess, file: string, log: string): Job {
  let ended: number | undefined;
  const exit = new Promise<number>((resolve) => {
    child.once('error', (cause) => {
      appendFileSync(log, `${file} cannot be started: ${cause.message}\n`);
      ended = 127;
      resolve(ended);
    });
  });
  return { pid: 0, ended: () => ended, wait: () => exit, stop: async () => {} };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

// An open pipe to a child would keep a test file alive after its last test.
function unref(child: ChildProcess): void {
  child.unref();
  const stdin = child.stdin as (Writable & { unref?: () => void }) | null;
  stdin?.unref?.();
}
