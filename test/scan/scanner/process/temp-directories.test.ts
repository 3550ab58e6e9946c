import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../../../../hack/until.ts';
import { TempDirectories } from '../../../../src/scan/scanner/process/temp-directories.ts';

const scratch = suite<{ root: string }>('scratch directories');

scratch.before.each(async (context) => {
  context.root = await mkdtemp(join(tmpdir(), 'palisade-scratch-'));
});
scratch.after.each(({ root }) => rm(root, { recursive: true, force: true }));

const sleeper = (cwd: string): ChildProcess =>
  spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { cwd, stdio: 'ignore' });
const end = (child: ChildProcess) => new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));

/** A number that no process has any more. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
  await end(child);
  return child.pid!;
}

scratch('are of mode 0700, and gone after their use', async ({ root }) => {
  const directories = await TempDirectories.open(join(root, 'a', 'b'));
  const used = await directories.use(async (directory) => {
    await mkdir(join(directory, 'x'));
    await writeFile(join(directory, 'x', 'y'), 'z');
    return { directory, mode: (await stat(directory)).mode & 0o777 };
  });
  assert.is(used.mode, 0o700);
  assert.not.ok(existsSync(used.directory));
});

scratch('are gone after a failure, which passes through', async ({ root }) => {
  const directories = await TempDirectories.open(root);
  const failure = await directories.use(() => Promise.reject(new Error('no'))).catch((error) => error);
  assert.is(failure.message, 'no');
  assert.equal(await readdir(root), []);
});

scratch('of an operator that was killed are removed, and the scanner in them is killed', async ({ root }) => {
  const left = join(root, `${await deadPid()}-abc`, 'tmp');
  const own = join(root, `${process.pid}-from-an-earlier-container`);
  await Promise.all([left, own].map((path) => mkdir(path, { recursive: true })));
  const orphan = sleeper(left);
  try {
    await TempDirectories.open(root);
    await until('the scanner is gone', () => orphan.signalCode === 'SIGKILL');
  } finally {
    orphan.kill('SIGKILL');
  }
  assert.equal(await readdir(root), []);
});

scratch('of an operator that runs are left alone', async ({ root }) => {
  const other = sleeper('/');
  try {
    const name = `${other.pid}-abc`;
    await mkdir(join(root, name));
    await TempDirectories.open(root);
    assert.equal(await readdir(root), [name]);
  } finally {
    other.kill('SIGKILL');
    await end(other);
  }
});

scratch.run();
