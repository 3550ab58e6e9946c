import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isTemporaryName, temporaryName } from '../../../src/scan/store/atomic-file.ts';
import { isFileName } from '../../../src/scan/store/entry.ts';
import { temporaryDirectory } from '../../hack/directory.ts';

test('a temporary file is recognized by its name, and is no entry', () => {
  assert.ok(isTemporaryName(temporaryName()));
  assert.not.ok(isFileName(temporaryName()));
  assert.is.not(temporaryName(), temporaryName());
  for (const name of ['.temporary-', '.temporary-0', `temporary-${'0'.repeat(32)}`, `.temporary-${'0'.repeat(32)}.x`]) {
    assert.not.ok(isTemporaryName(name));
  }
});

test('a full disk leaves the old file', async () => {
  await using directory = await temporaryDirectory();
  const script = `
    import { writeAtomically } from ${JSON.stringify(import.meta.resolve('../../../src/scan/store/atomic-file.ts'))};
    const [directory] = process.argv.slice(1);
    await writeAtomically(directory, 'entry', Buffer.from('old'), 0);
    const error = await writeAtomically(directory, 'entry', Buffer.alloc(1_000_000), 0).catch((cause) => cause);
    process.stdout.write(error.message);`;
  // The shell counts in blocks of 512 or 1024 bytes.
  const limited = ['-c', 'ulimit -f 64; exec "$0" "$@"', process.execPath];
  const told = execFileSync('sh', [...limited, '--input-type=module', '-e', script, directory.path]);
  assert.is(
    String(told),
    `${directory.path}/entry cannot be written (file too large): raise the limit on the size of files, or set --report-dir to a directory without one`,
  );
  assert.equal(readdirSync(directory.path), ['entry']);
  assert.is(readFileSync(join(directory.path, 'entry'), 'utf8'), 'old');
});

test.run();
