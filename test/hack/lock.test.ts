import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withLock } from '../../hack/binaries/lock.ts';
import { temporaryDirectory } from './directory.ts';

const holder = `
  import { appendFileSync } from 'node:fs';
  import { withLock } from ${JSON.stringify(import.meta.resolve('../../hack/binaries/lock.ts'))};
  const [file, log, holdMs] = process.argv.slice(1);
  await withLock(file, () => {}, async () => {
    appendFileSync(log, 'in\\n');
    process.stdout.write('in');
    await new Promise((resolve) => setTimeout(resolve, Number(holdMs)));
    appendFileSync(log, 'out\\n');
  });`;

function hold(file: string, log: string, ms: number): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '-e', holder, file, log, String(ms)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

test('two processes are never inside at the same time', async () => {
  await using directory = await temporaryDirectory();
  const [file, log] = [join(directory.path, 'lock'), join(directory.path, 'log')];
  const children = [hold(file, log, 300), hold(file, log, 300), hold(file, log, 300)];
  await Promise.all(children.map((child) => once(child, 'exit')));
  assert.is(await readFile(log, 'utf8'), 'in\nout\nin\nout\nin\nout\n');
});

test('a waiting caller is notified once, and the result is passed on', async () => {
  await using directory = await temporaryDirectory();
  const [file, log] = [join(directory.path, 'lock'), join(directory.path, 'log')];
  const child = hold(file, log, 500);
  await once(child.stdout!, 'data');
  let told = 0;
  const result = await withLock(
    file,
    () => {
      told++;
    },
    async () => 'mine',
  );
  assert.is(result, 'mine');
  assert.is(told, 1);
  assert.is(await readFile(log, 'utf8'), 'in\nout\n');
});

test('a killed owner blocks no other process', async () => {
  await using directory = await temporaryDirectory();
  const [file, log] = [join(directory.path, 'lock'), join(directory.path, 'log')];
  const child = hold(file, log, 600_000);
  await once(child.stdout!, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  // It would wait for ever for a living owner.
  await withLock(
    file,
    () => {},
    async () => {},
  );
});

test('a failure inside releases it', async () => {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'lock');
  const fail = async () => {
    throw new Error('no luck');
  };
  const error = await withLock(file, () => {}, fail).catch((cause) => cause);
  assert.is(error.message, 'no luck');
  assert.is(
    await withLock(
      file,
      () => {},
      async () => 1,
    ),
    1,
  );
});

test('a cache that cannot be locked is an error with the cure', async () => {
  const error = await withLock(
    '/proc/nowhere/lock',
    () => {},
    async () => {},
  ).catch((cause) => cause);
  assert.is(
    error.message,
    '/proc/nowhere/lock cannot be locked (unable to open database file): set XDG_CACHE_HOME to a writable local directory',
  );
});

test.run();
