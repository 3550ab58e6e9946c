import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, cp, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { staticChecks } from '../../hack/test/checks.ts';
import { type TemporaryDirectory, temporaryDirectory } from './directory.ts';

const repository = join(import.meta.dirname, '../..');

/** A copy of the generated files and of their sources. */
const checkout = async (): Promise<TemporaryDirectory> => {
  const directory = await temporaryDirectory();
  const parts = ['config/admission', 'config/rbac', 'crds', 'docs', 'hack', 'src', 'package.json'];
  for (const part of parts) await cp(join(repository, part), join(directory.path, part), { recursive: true });
  await symlink(join(repository, 'node_modules'), join(directory.path, 'node_modules'));
  return directory;
};

const generate = async (root: string, ...args: string[]) => {
  const child = spawn(process.execPath, ['hack/generate.ts', ...args], { cwd: root });
  const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return {
    status,
    problems: stderr
      .split('\n')
      .filter((line) => line !== '')
      .sort(),
  };
};

test('the check names each file that is stale, missing or left over, and generation repairs it', async () => {
  await using directory = await checkout();
  const { path: root } = directory;
  assert.equal(await generate(root, '--check'), { status: 0, problems: [] });
  await appendFile(join(root, 'docs/reference/events.md'), 'By hand.\n');
  await rm(join(root, 'docs/reference/flags.md'));
  await writeFile(join(root, 'docs/reference/old.md'), '# Old\n');
  assert.equal(await generate(root, '--check'), {
    status: 1,
    problems: [
      'docs/reference/events.md is not what the tables of Events in src says: run npm run generate',
      'docs/reference/flags.md is not what src/cli/settings says: run npm run generate',
      'docs/reference/old.md is not generated any more: run npm run generate',
    ],
  });
  assert.equal(await generate(root), { status: 0, problems: [] });
  assert.equal(await generate(root, '--check'), { status: 0, problems: [] });
});

test('npm test runs the check', () => {
  const commands = staticChecks(repository).map(({ args }) => args.join(' '));
  assert.ok(commands.includes('hack/generate.ts --check'), commands.join('\n'));
});

test.run();
