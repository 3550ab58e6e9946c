import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../src/cli/errors.ts';
import { readFiles } from '../../../src/cli/input/files.ts';

const files = suite<{ directory: string }>('files');

files.before(async (context) => {
  context.directory = await mkdtemp(join(tmpdir(), 'palisade-files-'));
});
files.after(async ({ directory }) => {
  await rm(directory, { recursive: true });
});

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text, 'latin1');
}

const problemsOf = async (names: string[], stdin = chunks()): Promise<readonly string[]> => {
  try {
    await readFiles(names, stdin);
  } catch (error) {
    assert.instance(error, InputError);
    return (error as InputError).problems;
  }
  return [];
};

files('stdin is one of them, and a character may arrive in two chunks', async ({ directory }) => {
  const file = join(directory, 'a.yaml');
  await writeFile(file, 'a: 1\n');
  assert.equal(await readFiles([file, '-', file], chunks('b: \xc3', '\xa9')), [
    { file, text: 'a: 1\n' },
    { file: 'stdin', text: 'b: é' },
  ]);
});

files('every file that cannot be read is named', async ({ directory }) => {
  const nosuch = join(directory, 'nosuch.yaml');
  assert.equal(await problemsOf([nosuch, directory]), [
    `${nosuch}: cannot be read: no such file`,
    `${directory}: cannot be read: it is a directory: pass a file in it`,
  ]);
});

files('an oversized file is not read to its end', async () => {
  let sent = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      sent += 1;
      yield new Uint8Array(1024 * 1024);
    }
  }
  assert.equal(await problemsOf(['-'], endless()), ['stdin: cannot be read: it is larger than 4 MiB: split it']);
  assert.is(sent, 5);
});

files('a file that is not UTF-8 is refused', async () => {
  assert.equal(await problemsOf(['-'], chunks('a: \xff')), ['stdin: cannot be read: it is not UTF-8 text']);
});

files.run();
