import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fileName } from '../../../src/scan/store/entry.ts';
import { readAbout, readContent } from '../../../src/scan/store/entry-file.ts';
import { DamagedFile } from '../../../src/scan/store/frame.ts';
import { temporaryDirectory } from '../../hack/directory.ts';
import { imageOf, openStore, reportOf } from './samples.ts';

const name = fileName({ kind: 'report', image: imageOf(1) });

/** A directory with one report, and what is done to it. */
async function sample(directory: string) {
  await (await openStore(directory)).writeReport(reportOf(imageOf(1)));
  const path = join(directory, name);
  const bytes = readFileSync(path);
  return { path, bytes, about: (await readAbout(directory, name))!.about };
}

const outcome = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error) => (error instanceof DamagedFile ? 'damaged' : assert.unreachable(error.stack)));

test('a flipped bit in any byte is detected', async () => {
  await using directory = await temporaryDirectory();
  const { path, bytes, about } = await sample(directory.path);
  const end = bytes.indexOf('\n');
  for (let at = 0; at < bytes.length; at += 1) {
    const flipped = Buffer.from(bytes);
    flipped[at]! ^= 1 << (at & 7);
    writeFileSync(path, flipped);
    assert.is(await outcome(readContent(directory.path, name)), 'damaged', `byte ${at}`);
    // What a store believes without reading the content is right, or damaged.
    const beginning = await outcome(readAbout(directory.path, name));
    if (at <= end) assert.is(beginning, 'damaged', `byte ${at}`);
    else assert.equal((beginning as { about: unknown }).about, about);
  }
});

test('a file that is truncated anywhere is detected without reading its content', async () => {
  await using directory = await temporaryDirectory();
  const { path, bytes } = await sample(directory.path);
  for (let length = 0; length < bytes.length; length += 1) {
    writeFileSync(path, bytes.subarray(0, length));
    assert.is(await outcome(readAbout(directory.path, name)), 'damaged', `length ${length}`);
  }
});

test('a named pipe in the place of a file is damaged, and does not block the reader', async () => {
  await using directory = await temporaryDirectory();
  execFileSync('mkfifo', [join(directory.path, name)]);
  assert.is(await outcome(readContent(directory.path, name)), 'damaged');
});

test('a missing entry is undefined', async () => {
  await using directory = await temporaryDirectory();
  assert.is(await readAbout(directory.path, name), undefined);
  assert.is(await readContent(directory.path, name), undefined);
});

test.run();
