import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryDirectory } from './directory.ts';
import { eventually } from './processes.ts';

const repository = join(import.meta.dirname, '../..');

// Stands in for npm: installs a Node, records each call, and fails on request.
const npm = `#!/bin/sh
if [ "$1" = --version ]; then echo "\${FAKE_NPM_VERSION:-11.0.0}"; exit 0; fi
echo "$*" >>"$FAKE_LOG"
if [ -n "\${FAKE_FAILURE:-}" ]; then echo "$FAKE_FAILURE" >&2; exit 1; fi
sleep 0.3
mkdir -p node_modules/.bin
ln -sf "$FAKE_NODE" node_modules/.bin/node
`;

/** A checkout with hack/run, a lock file and a program that prints its arguments. */
async function checkout(root: string): Promise<void> {
  await mkdir(join(root, 'hack'));
  await mkdir(join(root, 'bin'));
  for (const name of ['run', 'installed.ts']) await copyFile(join(repository, 'hack', name), join(root, 'hack', name));
  await writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {}, a: { version: '1.0.0' } } }));
  await writeFile(join(root, 'bin/npm'), npm, { mode: 0o755 });
  await writeFile(join(root, 'program.ts'), 'console.log(JSON.stringify(process.argv.slice(2)));');
}

function start(root: string, args: string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn('sh', [join(root, 'hack/run'), ...args], {
    cwd: root,
    env: {
      ...process.env,
      PATH: `${join(root, 'bin')}:${process.env.PATH}`,
      FAKE_LOG: join(root, 'npm.log'),
      FAKE_NODE: process.execPath,
      ...environment,
    },
  });
}

async function run(root: string, args: string[], environment: NodeJS.ProcessEnv = {}) {
  const child = start(root, args, environment);
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { status, stdout, stderr };
}

const npmCalls = async (root: string) =>
  (await readFile(join(root, 'npm.log'), 'utf8').catch(() => '')).split('\n').length - 1;

test('the first run installs once; the next ones start at once, with their arguments unchanged', async () => {
  await using directory = await temporaryDirectory();
  await checkout(directory.path);
  assert.equal(await run(directory.path, ['program.ts', 'a b', '*']), {
    status: 0,
    stdout: '["a b","*"]\n',
    stderr: 'installing dependencies (npm ci)…\n',
  });
  assert.equal(await run(directory.path, ['program.ts']), { status: 0, stdout: '[]\n', stderr: '' });
  assert.is(await readFile(join(directory.path, 'npm.log'), 'utf8'), 'ci --include=dev\n');
});

test('another lock file causes another install', async () => {
  await using directory = await temporaryDirectory();
  await checkout(directory.path);
  await run(directory.path, ['program.ts']);
  await writeFile(join(directory.path, 'package-lock.json'), '{"packages":{}}');
  await run(directory.path, ['program.ts']);
  assert.is(await npmCalls(directory.path), 2);
});

test("a developer's own npm install that matches the lock file is kept", async () => {
  await using directory = await temporaryDirectory();
  await checkout(directory.path);
  const modules = join(directory.path, 'node_modules');
  await mkdir(join(modules, '.bin'), { recursive: true });
  await symlink(process.execPath, join(modules, '.bin/node'));
  await writeFile(join(modules, '.package-lock.json'), JSON.stringify({ packages: { a: { version: '1.0.0' } } }));
  assert.is((await run(directory.path, ['program.ts'])).stdout, '[]\n');
  assert.is(await npmCalls(directory.path), 0);
});

test("a developer's install that does not match is replaced", async () => {
  await using directory = await temporaryDirectory();
  await checkout(directory.path);
  const modules = join(directory.path, 'node_modules');
  await mkdir(join(modules, '.bin'), { recursive: true });
  await symlink(process.execPath, join(modules, '.bin/node'));
  await writeFile(join(modules, '.package-lock.json'), JSON.stringify({ packages: { a: { version: '0.9.0' } } }));
  await run(directory.path, ['program.ts']);
  assert.is(await npmCalls(directory.path), 1);
});

test('concurrent runs install once', async () => {
  await using directory = await temporaryDirectory();
  await checkout(directory.path);
  const results = await Promise.all([1, 2, 3].map((n) => run(directory.path, ['program.ts', String(n)])));
  assert.equal(
    results.map(({ stdout }) => stdout),
    ['["1"]\n', '["2"]\n', '["3"]\n'],
  );
  assert.is(await npmCalls(directory.path), 1);
  assert.not.ok((await readdir(directory.path)).some((name) => name.startsWith('.npm-ci.lock')));
});

test('the lock of a dead owner is broken', async () => {
  await using directory = await temporaryDirectory();
  await checkout(directory.path);
  const dead = spawn('true');
  await once(dead, 'exit');
  await symlink(String(dead.pid), join(directory.path, '.npm-ci.lock'));
  assert.is((await run(directory.path, ['program.ts'])).stdout, '[]\n');
  assert.is(await npmCalls(directory.path), 1);
});

test('a failed npm ci shows its output, leaves no lock and is retried', async () => {
  await using directory = await temporaryDirectory();
  await checkout(directory.path);
  assert.equal(await run(directory.path, ['program.ts'], { FAKE_FAILURE: 'registry is down' }), {
    status: 1,
    stdout: '',
    stderr: 'installing dependencies (npm ci)…\nregistry is down\nhack/run: npm ci failed, see above\n',
  });
  assert.is((await run(directory.path, ['program.ts'])).status, 0);
});

test('an npm that is too old is reported in one line', async () => {
  await using directory = await temporaryDirectory();
  await checkout(directory.path);
  assert.equal(await run(directory.path, ['program.ts'], { FAKE_NPM_VERSION: '8.19.4' }), {
    status: 1,
    stdout: '',
    stderr: 'hack/run: npm 8.19.4 is too old: run npm install --global npm@11\n',
  });
});

test('a Node that is too old is reported in one line', async () => {
  await using directory = await temporaryDirectory();
  await checkout(directory.path);
  await writeFile(join(directory.path, 'bin/node'), '#!/bin/sh\necho v18.20.0\n', { mode: 0o755 });
  assert.is(
    (await run(directory.path, ['program.ts'])).stderr,
    'hack/run: Node.js v18.20.0 is too old: install version 20 or later from https://nodejs.org\n',
  );
});

test('signals reach the program', async () => {
  await using directory = await temporaryDirectory();
  await checkout(directory.path);
  const program = `
    process.on('SIGTERM', () => { console.log('asked to end'); process.exit(7); });
    setInterval(() => {}, 1000);
    console.log('ready');`;
  await writeFile(join(directory.path, 'program.ts'), program);
  const child = start(directory.path, ['program.ts']);
  let output = '';
  child.stdout!.on('data', (data) => {
    output += data;
  });
  await eventually('the program is ready', () => output === 'ready\n');
  child.kill('SIGTERM');
  const [status] = await once(child, 'close');
  assert.is(status, 7);
  assert.is(output, 'ready\nasked to end\n');
});

test.run();
