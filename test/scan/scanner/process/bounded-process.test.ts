import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../../../../hack/until.ts';
import { systemClock } from '../../../../src/kube/clock.ts';
import { BoundedProcesses, formatProblem } from '../../../../src/scan/scanner/process/bounded-process.ts';
import { processesIn } from '../../../harness/processes.ts';
import { defaultScanLimits } from '../../../harness/scan-limits.ts';

const SOURCE = join(import.meta.dirname, '../../../../src');
const MiB = 2 ** 20;
const limits = { ...defaultScanLimits, timeMs: 20_000, pollMs: 20 };
const never = new AbortController().signal;

const bounded = suite<{ directory: string }>('a bounded process');

bounded.before.each(async (context) => {
  context.directory = await mkdtemp(join(tmpdir(), 'palisade-bounded-'));
});
/** Nothing is left of a test that failed, either. */
bounded.after.each(async ({ directory }) => {
  for (const { pid } of await processesIn(directory)) process.kill(pid, 'SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

/** Node is a program that can be made to do anything. */
const script = (directory: string, code: string, environment = {}) => ({
  ...{ file: process.execPath, args: ['-e', code], directory, environment },
});

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** The child starts a child of its own, and tells both. */
const family = `
  const { spawn } = require('node:child_process');
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
  require('node:fs').writeFileSync('pids', process.pid + ' ' + child.pid);
  process.on('SIGTERM', () => {});
  setInterval(() => {}, 1000);`;

const pidsOf = (directory: string) =>
  until('the processes tell who they are', async () => {
    const text = existsSync(join(directory, 'pids')) ? await readFile(join(directory, 'pids'), 'utf8') : '';
    return text.includes(' ') ? text.split(' ').map(Number) : undefined;
  });

bounded('has the environment that it is given, and no other', async ({ directory }) => {
  const run = script(directory, 'console.log(JSON.stringify(process.env), process.cwd())', { A: '1' });
  const result = await new BoundedProcesses(systemClock).run(run, limits, never);
  assert.equal(result, { exit: 0, stdout: `{"A":"1"} ${directory}\n`, stderr: '' });
});

bounded('may say much: the first and the last bytes are kept', async ({ directory }) => {
  const code = `process.stderr.write('first' + '.'.repeat(5e6) + 'last')`;
  const { stderr } = await new BoundedProcesses(systemClock).run(script(directory, code), limits, never);
  assert.is(stderr.length, 65_536);
  assert.ok(stderr.startsWith('first.') && stderr.endsWith('.last'));
});

bounded('is killed when it takes too long', async ({ directory }) => {
  const run = script(directory, 'setInterval(() => {}, 1000)');
  const result = await new BoundedProcesses(systemClock).run(run, { ...limits, timeMs: 100 }, never);
  assert.equal(result, { exit: 'SIGKILL', exceeded: 'time', stdout: '', stderr: '' });
});

bounded('is killed when it takes too much memory', async ({ directory }) => {
  const run = script(directory, 'const kept = []; setInterval(() => kept.push(Buffer.alloc(2 ** 22, 1)), 5)');
  const result = await new BoundedProcesses(systemClock).run(run, { ...limits, memoryBytes: 200 * MiB }, never);
  assert.is(result.exceeded, 'memory');
});

/** Whether a child that has ended waits to be noticed. */
const isZombie = (pid: number): boolean => /^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

bounded('is killed at its bound of memory while this thread is blocked', async ({ directory }) => {
  const step = 2 ** 22;
  const code = `
    const { writeFileSync } = require('node:fs');
    const kept = [];
    writeFileSync('pids', process.pid + ' 0');
    setInterval(() => writeFileSync('grown', String(kept.push(Buffer.alloc(${step}, 1)) * ${step})), 5)`;
  const memoryBytes = 200 * MiB;
  const run = new BoundedProcesses(systemClock).run(script(directory, code), { ...limits, memoryBytes }, never);
  const [pid] = await pidsOf(directory);
  const end = performance.now() + limits.timeMs / 2;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  // Nothing else of this thread runs until the child is dead.
  while (!isZombie(pid!) && performance.now() < end) Atomics.wait(sleeper, 0, 0, 20);
  assert.ok(isZombie(pid!), 'it was killed meanwhile');
  const grown = Number(readFileSync(join(directory, 'grown'), 'utf8'));
  assert.ok(grown < memoryBytes + 64 * MiB, `it had ${grown / MiB} MiB`);
  assert.equal(await run, { exit: 'SIGKILL', exceeded: 'memory', stdout: '', stderr: '' });
});

bounded('is killed when it takes too much disk', async ({ directory }) => {
  const code = `
    const { appendFileSync, mkdirSync } = require('node:fs');
    mkdirSync('a/b', { recursive: true });
    setInterval(() => appendFileSync('a/b/c', Buffer.alloc(2 ** 20, 1)), 5)`;
  const run = script(directory, code);
  const result = await new BoundedProcesses(systemClock).run(run, { ...limits, diskBytes: 20 * MiB }, never);
  assert.is(result.exceeded, 'disk');
});

bounded('may have a sparse file that is larger than its disk', async ({ directory }) => {
  const code = `require('node:fs').ftruncateSync(require('node:fs').openSync('sparse', 'w'), 1e9); setTimeout(() => {}, 300)`;
  const run = script(directory, code);
  const result = await new BoundedProcesses(systemClock).run(run, { ...limits, diskBytes: 20 * MiB }, never);
  assert.is(result.exit, 0);
});

bounded('ends with its signal, and all that it started too', async ({ directory }) => {
  const stop = new AbortController();
  const run = new BoundedProcesses(systemClock).run(script(directory, family), limits, stop.signal);
  const pids = await pidsOf(directory);
  const reason = new Error('the operator ends');
  stop.abort(reason);
  const from = Date.now();
  const outcome = await run.catch((error) => error);
  assert.is(outcome, reason);
  assert.ok(Date.now() - from < limits.timeMs / 2, 'before its own time is over');
  await until('both are gone', () => !pids.some(isAlive));
});

bounded('leaves nothing that it started when it ends by itself', async ({ directory }) => {
  const code = `
    const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    require('node:fs').writeFileSync('pids', process.pid + ' ' + child.pid);
    process.exit(0);`;
  const { exit } = await new BoundedProcesses(systemClock).run(script(directory, code), limits, never);
  const pids = await pidsOf(directory);
  assert.is(exit, 0);
  await until('both are gone', () => !pids.some(isAlive));
});

/** The first 20 bytes of a program for a processor of this number. */
const elf = (machine: number): Buffer =>
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, ...Array(11).fill(0), machine, 0]);
const [OTHER_MACHINE, OTHER_ARCH] = process.arch === 'arm64' ? [0x3e, 'x64'] : [0xb7, 'arm64'];
const TARGET = `${process.platform}/${process.arch}`;
const NEITHER = `neither an ELF program for ${TARGET} nor a script that begins with #!`;

for (const [what, contentIn, formats] of [
  ['a text', (directory: string) => `echo run > ${join(directory, 'ran')}`, NEITHER],
  ['a program for another processor', () => elf(OTHER_MACHINE), `an ELF program for ${OTHER_ARCH}, not for ${TARGET}`],
  ['the beginning of a program', () => elf(OTHER_MACHINE).subarray(0, 8), NEITHER],
  ['empty', () => '', NEITHER],
] as const) {
  bounded(`that is ${what} is not run as a script of the shell`, async ({ directory }) => {
    const file = join(directory, 'trivy');
    await writeFile(file, contentIn(directory), { mode: 0o700 });
    const run = { file, args: [], directory, environment: {} };
    const error = await new BoundedProcesses(systemClock).run(run, limits, never).catch((cause) => cause);
    assert.is(error.message, `${file} cannot be started: it is ${formats}; install the release for ${TARGET}`);
    assert.not.ok(existsSync(join(directory, 'ran')));
  });
}

const x64 = { platform: 'linux', arch: 'x64' } as const;
const neither = (target: string) =>
  `it is neither an ELF program for ${target} nor a script that begins with #!; install the release for ${target}`;
const foreign = (machine: string) =>
  `it is an ELF program for ${machine}, not for linux/x64; install the release for linux/x64`;
const x32 = Buffer.from(elf(0x3e));
x32[4] = 1;

for (const [what, head, own, on, problem] of [
  ['a program for this processor', elf(0x3e), elf(0x3e), x64, undefined],
  ['a program for arm64, on arm64', elf(0xb7), elf(0xb7), { ...x64, arch: 'arm64' }, undefined],
  ['a program for arm64', elf(0xb7), elf(0x3e), x64, foreign('arm64')],
  ['a program for a rare processor', elf(0xf3), elf(0x3e), x64, foreign('another processor')],
  ['a program of another class', x32, elf(0x3e), x64, foreign('another processor')],
  ['a script', Buffer.from('#!/bin/sh'), elf(0x3e), x64, undefined],
  ['a text', Buffer.from('echo hello, I am a script of no shell'), elf(0x3e), x64, neither('linux/x64')],
  ['a program that cannot be read', undefined, elf(0x3e), x64, undefined],
  ["a program for arm64, where Node's own cannot be read", elf(0xb7), undefined, x64, undefined],
  ["a text, where Node's own cannot be read", Buffer.from('echo'), undefined, x64, neither('linux/x64')],
  ['a Mach-O program on darwin', Buffer.from('cffaedfe', 'hex'), undefined, { ...x64, platform: 'darwin' }, undefined],
] as const) {
  bounded(`format of ${what}: ${problem ?? 'no problem'}`, () => assert.is(formatProblem(head, own, on), problem));
}

bounded("is compared with nothing when Node's own program is gone", async ({ directory }) => {
  const processes = new BoundedProcesses(systemClock, join(directory, 'node'));
  const { exit } = await processes.run(script(directory, ''), limits, never);
  assert.is(exit, 0);
});

bounded("is started also after Node's own program was removed", async ({ directory }) => {
  const node = join(directory, 'node');
  await copyFile(process.execPath, node);
  const code = `
    const { BoundedProcesses } = await import(${JSON.stringify(join(SOURCE, 'scan/scanner/process/bounded-process.ts'))});
    const { systemClock } = await import(${JSON.stringify(join(SOURCE, 'kube/clock.ts'))});
    const { rmSync } = await import('node:fs');
    const processes = new BoundedProcesses(systemClock);
    const command = { file: '/bin/sh', args: ['-c', 'echo ran'], directory: ${JSON.stringify(directory)}, environment: {} };
    const run = () => processes.run(command, ${JSON.stringify(limits)}, new AbortController().signal);
    await run();
    rmSync(process.execPath);
    console.log((await run()).stdout);
    process.exit(0);`;
  const operator = spawn(node, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  operator.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(operator, 'close');
  assert.is(Buffer.concat(chunks).toString().trim(), 'ran');
});

bounded('is not started when its signal has ended', async ({ directory }) => {
  const reason = new Error('the operator ends');
  const code = `require('node:fs').writeFileSync('started', '')`;
  const run = new BoundedProcesses(systemClock).run(script(directory, code), limits, AbortSignal.abort(reason));
  assert.is(await run.catch((error) => error), reason);
  assert.not.ok(existsSync(join(directory, 'started')));
});

for (const [how, end] of [
  ['ends', 'process.exit(3)'],
  ['is killed', `process.kill(process.pid, 'SIGKILL')`],
] as const) {
  bounded(`ends when this process ${how}`, async ({ directory }) => {
    const operator = spawn(process.execPath, ['--input-type=module', '-e', operatorThat(end, directory)], {
      stdio: 'ignore',
      cwd: directory,
    });
    const ended = new Promise((resolve) => operator.once('exit', resolve));
    const pids = await pidsOf(directory);
    assert.equal(pids.map(isAlive), [true, true]);
    await writeFile(join(directory, 'end'), '');
    await ended;
    await until('both are gone', () => !pids.some(isAlive));
  });
}

/** The shell that is to kill what a process started, once there is one that is not `before`. */
const lifelineOf = (parent: number, before?: number): Promise<number> =>
  until(
    'there is a lifeline',
    async () =>
      (await childrenOf(parent)).find(({ pid, line }) => line.includes('palisade-lifeline') && pid !== before)?.pid,
  );

bounded('ends when this process is killed, also when its lifeline was killed before', async ({ directory }) => {
  const code = operatorThat(`process.kill(process.pid, 'SIGKILL')`, directory);
  const operator = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore', cwd: directory });
  const pids = await pidsOf(directory);
  const first = await lifelineOf(operator.pid!);
  process.kill(first, 'SIGKILL');
  await lifelineOf(operator.pid!, first);
  const ended = once(operator, 'exit');
  await writeFile(join(directory, 'end'), '');
  await ended;
  await until('both are gone', () => !pids.some(isAlive));
});

bounded('ends when this process ends, also when its lifeline cannot do anything', async ({ directory }) => {
  const code = operatorThat('process.exit(3)', directory);
  const operator = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore', cwd: directory });
  const pids = await pidsOf(directory);
  const lifeline = await lifelineOf(operator.pid!);
  process.kill(lifeline, 'SIGSTOP');
  const ended = once(operator, 'exit');
  await writeFile(join(directory, 'end'), '');
  await ended;
  try {
    await until('both are gone', () => !pids.some(isAlive));
  } finally {
    process.kill(lifeline, 'SIGCONT');
  }
});

bounded('never begins when this process is killed before anybody knows of it', async ({ directory }) => {
  const lifeline = join(import.meta.dirname, '../../../../src/scan/scanner/process/lifeline.ts');
  const killed = `const { Lifeline } = await import(${JSON.stringify(lifeline)});
    Lifeline.prototype.add = () => process.kill(process.pid, 'SIGKILL');`;
  const code = killed + operatorThat('process.exit(3)', directory);
  const operator = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore' });
  const [, signal] = await once(operator, 'exit');
  assert.is(signal, 'SIGKILL');
  await until('all are gone', async () => (await processesIn(directory)).length === 0);
  assert.not.ok(existsSync(join(directory, 'pids')));
});

/** Runs the family, and ends when the test says so. */
function operatorThat(end: string, directory: string): string {
  const [processes, clock] = ['scan/scanner/process/bounded-process.ts', 'kube/clock.ts'].map((path) =>
    join(SOURCE, path),
  );
  return `
    const { BoundedProcesses } = await import(${JSON.stringify(processes)});
    const { systemClock } = await import(${JSON.stringify(clock)});
    const { existsSync } = await import('node:fs');
    const run = ${JSON.stringify(script(directory, family))};
    void new BoundedProcesses(systemClock).run(run, ${JSON.stringify(limits)}, new AbortController().signal);
    setInterval(() => existsSync(${JSON.stringify(join(directory, 'end'))}) && ${end}, 10);`;
}

bounded('that does not exist is an error that names it', async ({ directory }) => {
  const run = { file: '/no/such/trivy', args: [], directory, environment: {} };
  const error = await new BoundedProcesses(systemClock).run(run, limits, never).catch((cause) => cause);
  assert.is(
    error.message,
    "/no/such/trivy cannot be started: ENOENT: no such file or directory, access '/no/such/trivy'",
  );
});

bounded('leaves nothing behind that waits', async ({ directory }) => {
  const shells = async () => (await processes()).filter((line) => line.includes('palisade-lifeline'));
  const one = new BoundedProcesses(systemClock);
  const stop = new AbortController();
  const run = one.run(script(directory, family), limits, stop.signal).catch(() => {});
  await pidsOf(directory);
  const mine = await shells();
  assert.is(mine.length, 1);
  stop.abort();
  await run;
  await until('the shell is gone', async () => (await shells()).length === 0);
});

/** Command lines of our own children. */
const processes = async (): Promise<string[]> => (await childrenOf(process.pid)).map(({ line }) => line);

interface Child {
  readonly pid: number;
  readonly line: string;
}

async function childrenOf(parent: number): Promise<Child[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (path: string) => readFile(path, 'utf8').catch(() => '');
  const all = pids.map(async (pid) => ({
    pid: Number(pid),
    status: await read(`/proc/${pid}/status`),
    line: await read(`/proc/${pid}/cmdline`),
  }));
  return (await Promise.all(all)).filter(({ status }) => new RegExp(`^PPid:\\s*${parent}$`, 'm').test(status));
}

bounded.run();
