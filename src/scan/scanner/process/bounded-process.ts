import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, constants, open } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../../kube/clock.ts';
import { killGroup, Lifeline } from './lifeline.ts';
import type { ScanLimits } from './limits.ts';
import { type ExceededLimit, Watchdog } from './watchdog.ts';

interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Its working directory, whose content counts as its use of disk. */
  readonly directory: string;
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Called with each line of stderr, without its end. */
  readonly onErrorLine?: (line: string) => void;
}

/** How a process ended. */
export interface ExitResult {
  /** Exit status, or the name of the signal that ended it. */
  readonly exit: number | NodeJS.Signals;
  /** The limit that it exceeded: it was killed for that. */
  readonly exceeded?: ExceededLimit;
  /** Their first and last bytes, if they are long. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs programs that end within their bounds, with their signal, and with this process. */
export class BoundedProcesses {
  readonly #clock: Clock;
  readonly #lifeline = new Lifeline();
  readonly #watchdog = new Watchdog();
  readonly #own: Promise<Buffer | undefined>;

  /** @param own the program of this process, read now: an upgrade of Node can replace or remove the file later */
  constructor(clock: Clock, own = process.execPath) {
    this.#clock = clock;
    this.#own = beginningOf(own).catch(() => undefined);
  }

  /** @throws the signal's reason; Error when the program cannot be started */
  async run(command: Command, limits: ScanLimits, signal: AbortSignal): Promise<ExitResult> {
    await mayBeStarted(command.file, await this.#own);
    signal.throwIfAborted();
    const child = spawnAtGate(command);
    const output = Promise.all([endsOf(child.stdout), endsOf(child.stderr, command.onErrorLine)]);
    const exit = exitOf(child, command.file);
    const pid = child.pid;
    if (pid === undefined) throw await exit.then(() => new Error(`${command.file} did not start`));
    let isLate = false;
    const kill = () => killGroup(pid);
    const cancelTime = this.#clock.after(limits.timeMs, () => {
      isLate = true;
      kill();
    });
    const { memoryBytes, diskBytes, pollMs } = limits;
    const endWatch = this.#watchdog.watch({ pid, directory: command.directory, memoryBytes, diskBytes, pollMs });
    signal.addEventListener('abort', kill, { once: true });
    this.#lifeline.add(pid);
    openGate(child);
    const how = await exit;
    kill();
    this.#lifeline.delete(pid);
    signal.removeEventListener('abort', kill);
    cancelTime();
    const exceeded = (await endWatch()) ?? (isLate ? 'time' : undefined);
    const [stdout, stderr] = await this.#rest(child, output);
    signal.throwIfAborted();
    return { exit: how, stdout, stderr, ...(exceeded === undefined ? {} : { exceeded }) };
  }

  /** A pipe can be open in a process that left the group: that one is not waited for. */
  async #rest<T>({ stdout, stderr }: Started, output: Promise<T>): Promise<T> {
    const cancel = this.#clock.after(PIPE_MS, () => {
      stdout.destroy();
      stderr.destroy();
    });
    return output.finally(cancel);
  }
}

const PIPE_MS = 1_000;

type Started = ChildProcessByStdio<null, Readable, Readable>;

const SHELL = '/bin/sh';
const GATE = 3;
// The process waits until the lifeline knows it. If the operator dies before, it reads an end and never runs the program.
const WAIT = `read -r _ <&${GATE} && unset PWD && exec "$@" ${GATE}<&-`;

/** Starts a process in its own group, so that its children end with it; it waits for the gate to open. */
function spawnAtGate({ file, args, directory, environment }: Command): Started {
  const options = { cwd: directory, env: environment, detached: true } as const;
  // Without a shell there is no lifeline either.
  if (!existsSync(SHELL)) return spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const gated = ['-c', WAIT, 'palisade-gate', file, ...args];
  return spawn(SHELL, gated, { ...options, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] }) as Started;
}

function openGate({ stdio }: Started): void {
  const gate = stdio[GATE] as Writable | undefined;
  gate?.on('error', () => {});
  gate?.end('\n');
}

async function mayBeStarted(file: string, own: Buffer | undefined): Promise<void> {
  const problem = await access(file, constants.X_OK)
    .then(async () => formatProblem(await beginningOf(file), own))
    .catch((cause: Error) => cause.message);
  if (problem !== undefined) throw new Error(`${file} cannot be started: ${problem}`);
}

const ELF = '\x7fELF';
/** Class, byte order and processor in an ELF header: elf(5). */
const IDENTITY = [4, 5, 18, 19];
/** e_machine of the processors that Trivy and Node have releases for. */
const MACHINES = new Map([
  [0x3e, 'x64'],
  [0xb7, 'arm64'],
]);

/**
 * Why the kernel does not execute a program; undefined: no reason is known. A shell would run as its own script whatever the
 * kernel refuses.
 * @param head the first 20 bytes @param own those of the running program. A file that cannot be read is not compared
 */
export const formatProblem = (
  head: Buffer | undefined,
  own: Buffer | undefined,
  { platform, arch }: Pick<NodeJS.Process, 'platform' | 'arch'> = process,
): string | undefined => {
  if (platform !== 'linux' || head === undefined || startsWith(head, '#!')) return undefined;
  const target = `${platform}/${arch}`;
  const cure = `install the release for ${target}`;
  if (head.length < HEAD_BYTES || !startsWith(head, ELF)) {
    return `it is neither an ELF program for ${target} nor a script that begins with #!; ${cure}`;
  }
  if (own === undefined || !startsWith(own, ELF) || IDENTITY.every((at) => head[at] === own[at])) return undefined;
  const machine = MACHINES.get(head.readUInt16LE(18)) ?? arch;
  return `it is an ELF program for ${machine === arch ? 'another processor' : machine}, not for ${target}; ${cure}`;
};

const startsWith = (head: Buffer, magic: string): boolean => head.toString('latin1', 0, magic.length) === magic;

const HEAD_BYTES = 20;

/** undefined: the file may be executed but not read. */
async function beginningOf(file: string): Promise<Buffer | undefined> {
  try {
    await using handle = await open(file, 'r');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return undefined;
    throw error;
  }
}

const exitOf = (child: ChildProcess, file: string): Promise<number | NodeJS.Signals> =>
  new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`${file} cannot be started: ${cause.message}`, { cause })));
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 1));
  });

const KEPT_BYTES = 32 * 1024;

/** The first and the last bytes of a stream that may be endless. */
async function endsOf(stream: Readable, onLine?: (line: string) => void): Promise<string> {
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  const lines = onLine && new Lines(onLine);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      lines?.add(chunk);
      const room = KEPT_BYTES - head.length;
      if (room > 0) head = Buffer.concat([head, chunk.subarray(0, room)]);
      tail = Buffer.concat([tail, chunk.subarray(Math.max(0, room))]).subarray(-KEPT_BYTES);
    }
  } catch {
    // Cut off: what came counts.
  }
  return Buffer.concat([head, tail]).toString();
}

/** A longer line is dropped: what a program writes may be endless. */
const LONGEST_LINE = 64 * 1024;

/** Cuts a stream of bytes into lines. */
class Lines {
  readonly #onLine: (line: string) => void;
  #rest = Buffer.alloc(0);
  #isTooLong = false;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      if (!this.#isTooLong) this.#onLine(Buffer.concat([this.#rest, chunk.subarray(start, end)]).toString());
      this.#rest = Buffer.alloc(0);
      this.#isTooLong = false;
      start = end + 1;
    }
    this.#rest = Buffer.concat([this.#rest, chunk.subarray(start)]);
    if (this.#rest.length <= LONGEST_LINE) return;
    this.#isTooLong = true;
    this.#rest = Buffer.alloc(0);
  }
}

const NEWLINE = 10;
