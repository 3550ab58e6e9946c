import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeDirectory } from '../../src/scan/make-directory.ts';

const directories = suite<{ root: string }>('makeDirectory');

directories.before.each(async (context) => {
  context.root = await mkdtemp(join(tmpdir(), 'palisade-directory-'));
});
directories.after.each(({ root }) => rm(root, { recursive: true, force: true }));

directories('makes it with its parents, for this user alone, and again', async ({ root }) => {
  const path = join(root, 'a', 'b', 'c');
  await makeDirectory(path);
  await makeDirectory(path);
  assert.is((await stat(path)).mode & 0o777, 0o700);
});

directories('below a file, or where the kernel refuses, it ends with the cause', async ({ root }) => {
  await writeFile(join(root, 'file'), '');
  const codeOf = (path: string) =>
    makeDirectory(path).then(
      () => 'made',
      (error: NodeJS.ErrnoException) => error.code,
    );
  assert.equal(
    [await codeOf(join(root, 'file')), await codeOf(join(root, 'file', 'a')), await codeOf('/proc/palisade/a')],
    ['EEXIST', 'ENOTDIR', 'ENOENT'],
  );
});

directories.run();
