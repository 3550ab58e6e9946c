import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fileName } from '../../../src/scan/store/entry.ts';
import { encode } from '../../../src/scan/store/frame.ts';
import { reportReader } from '../../../src/scan/store/report-reader.ts';
import { temporaryDirectory } from '../../hack/directory.ts';
import { spyLog } from '../../kube/spy-log.ts';
import { imageOf, openStore, recordOf, reportOf, silent } from './samples.ts';

const A = imageOf(10);

test('a reader reads the files of a store', async () => {
  await using directory = await temporaryDirectory();
  const store = await openStore(directory.path);
  const reader = reportReader(directory.path, silent);
  assert.is(await reader.readAnalysis(A), undefined);
  await store.writeAnalysis(A, Buffer.from('a'));
  await store.writeReport(reportOf(A));
  await store.writeScan(recordOf());
  assert.is(String(await reader.readAnalysis(A)), 'a');
  assert.equal(await reader.readReport(A), reportOf(A));
  assert.equal(await reader.readScan('payments', 'nightly'), recordOf());
});

test('a reader needs no write permission, changes nothing, and leaves damaged and partial files to the store', async () => {
  await using directory = await temporaryDirectory();
  await (await openStore(directory.path)).writeAnalysis(A, Buffer.from('a'));
  const name = fileName({ kind: 'analysis', image: A });
  const path = join(directory.path, name);
  await writeFile(join(directory.path, `.temporary-${'0'.repeat(32)}`), 'half');
  await chmod(directory.path, 0o500);
  const before = await stat(path);
  assert.is(String(await reportReader(directory.path, silent).readAnalysis(A)), 'a');
  assert.is((await stat(path)).mtimeMs, before.mtimeMs);
  await writeFile(path, (await readFile(path)).subarray(0, -1));
  const { log, lines } = spyLog();
  assert.is(await reportReader(directory.path, log).readAnalysis(A), undefined);
  assert.equal(
    lines.map(({ level, msg, file, reason }) => [level, msg, file, reason]),
    [['warn', 'a damaged file of the report directory was ignored', name, 'has another length than its header says']],
  );
  await chmod(directory.path, 0o700);
  assert.is((await readdir(directory.path)).length, 2);
});

test('a file of an older version is ignored, and named as such', async () => {
  await using directory = await temporaryDirectory();
  const name = fileName({ kind: 'analysis', image: A });
  await writeFile(join(directory.path, name), await encode({ kind: 'analysis', image: A }, Buffer.from('a'), 1));
  const { log, lines } = spyLog();
  assert.is(await reportReader(directory.path, log).readAnalysis(A), undefined);
  assert.equal(
    lines.map(({ msg, file, reason }) => [msg, file, reason]),
    [['a file of an older format of the report directory was ignored', name, 'is of format 1, older than format 2']],
  );
  assert.equal(await readdir(directory.path), [name]);
});

test('a file that may not be read is an error with its cure', async () => {
  await using directory = await temporaryDirectory();
  await (await openStore(directory.path)).writeAnalysis(A, Buffer.from('a'));
  const path = join(directory.path, fileName({ kind: 'analysis', image: A }));
  await chmod(path, 0o000);
  await chmod(directory.path, 0o755);
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid!(65534);
  const error = await reportReader(directory.path, silent)
    .readAnalysis(A)
    .catch((cause) => cause)
    .finally(() => root && process.seteuid!(0));
  assert.is(
    error.message,
    `${path} cannot be read (permission denied): let the operator's user read and write there, or set --report-dir to another directory`,
  );
});

test.run();
