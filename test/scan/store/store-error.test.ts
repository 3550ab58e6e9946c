import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { storeError } from '../../../src/scan/store/store-error.ts';

const cases: [code: string, errno: number, message: string][] = [
  [
    'ENOSPC',
    -28,
    '/r/f cannot be written (no space left on device): free space there, or set --report-dir to a directory on a larger volume',
  ],
  [
    'EACCES',
    -13,
    "/r/f cannot be written (permission denied): let the operator's user read and write there, or set --report-dir to another directory",
  ],
  [
    'EROFS',
    -30,
    '/r/f cannot be written (read-only file system): mount it writable, or set --report-dir to another directory',
  ],
  ['EMFILE', -24, '/r/f cannot be written (too many open files): raise the limit on open files'],
  ['EIO', -5, '/r/f cannot be written (i/o error): check that --report-dir is a directory on a working volume'],
];

for (const [code, errno, message] of cases) {
  test(`${code} is reported with file, cause and cure`, () => {
    const cause = Object.assign(new Error(`${code}: something, write`), { code, errno });
    const error = storeError('/r/f', 'written', cause);
    assert.is(error.message, message);
    assert.is(error.cause, cause);
  });
}

test('an error from outside the system keeps its message', () => {
  assert.is(
    storeError('/r/f', 'read', new Error('odd')).message,
    '/r/f cannot be read (odd): check that --report-dir is a directory on a working volume',
  );
});

test.run();
