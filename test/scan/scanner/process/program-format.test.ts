import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatProblem } from '../../../../src/scan/scanner/process/program-format.ts';

const format = suite<{ file: string }>('the format of a program');

format.before.each(async (context) => {
  context.file = join(await mkdtemp(join(tmpdir(), 'palisade-format-')), 'trivy');
});
format.after.each(({ file }) => rm(join(file, '..'), { recursive: true, force: true }));

/** The first 20 bytes. */
const elf = (machine: number): Buffer =>
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, ...Array(11).fill(0), machine, 0]);
const NEITHER = 'it is neither a program for Linux (ELF) nor a script that begins with #!';

for (const [what, content, arch, problem] of [
  ['a program for this processor', elf(0x3e), 'x64', undefined],
  ['a program for arm64, there', elf(0xb7), 'arm64', undefined],
  ['a program for another processor', elf(0xb7), 'x64', 'it is a program for another processor than x64'],
  ['a script', Buffer.from('#!/bin/sh'), 'x64', undefined],
  ['a text', Buffer.from('echo hello, I am a script of no shell'), 'x64', NEITHER],
  ['nothing', Buffer.alloc(0), 'x64', NEITHER],
  ['the beginning of a program', elf(0x3e).subarray(0, 8), 'x64', NEITHER],
] as const) {
  format(what, async ({ file }) => {
    await writeFile(file, content);
    assert.is(await formatProblem(file, { platform: 'linux', arch }), problem);
  });
}

format('is that of the program that runs this, and elsewhere nobody looks', async ({ file }) => {
  assert.is(await formatProblem(process.execPath), undefined);
  assert.is(await formatProblem(file, { platform: 'darwin', arch: 'arm64' }), undefined);
});

format.run();
