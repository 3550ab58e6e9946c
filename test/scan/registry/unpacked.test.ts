import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { unpackedDigest } from '../../../src/scan/registry/unpacked.ts';
import { digestOf } from './hostile-registry.ts';
import { withScratch } from './scratch.ts';

const [ONE, TWO] = [randomBytes(700_000), Buffer.alloc(300_000, 'two')];
const BOTH = Buffer.concat([ONE, TWO]);
const SKIPPED = Buffer.from([0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

const AMBIGUOUS = Buffer.concat([SKIPPED, zstdCompressSync(ONE)]);

const digestIn = (bytes: Buffer): Promise<string> =>
  withScratch(async (directory) => {
    const path = join(directory, 'layer');
    await writeFile(path, bytes);
    return unpackedDigest(path, new AbortController().signal);
  });

const FORMS: readonly [what: string, packed: Buffer, unpacked: Buffer][] = [
  ['nothing', Buffer.alloc(0), Buffer.alloc(0)],
  ['a byte', Buffer.from('x'), Buffer.from('x')],
  ['a plain archive', BOTH, BOTH],
  ['gzip', gzipSync(BOTH), BOTH],
  ['gzip of nothing', gzipSync(''), Buffer.alloc(0)],
  ['gzip in two members', Buffer.concat([gzipSync(ONE), gzipSync(TWO)]), BOTH],
  ['zstd', zstdCompressSync(BOTH), BOTH],
  ['zstd in two frames', Buffer.concat([zstdCompressSync(ONE), zstdCompressSync(TWO)]), BOTH],
  [
    'zstd with frames to skip, as zstd:chunked has them',
    Buffer.concat([zstdCompressSync(ONE), SKIPPED, SKIPPED, zstdCompressSync(TWO), SKIPPED]),
    BOTH,
  ],
  // The frame may have a whole archive for Trivy, and what follows another one for containerd.
  ['a frame to skip first', AMBIGUOUS, AMBIGUOUS],
];

for (const [what, packed, unpacked] of FORMS) {
  test(`the content of a layer: ${what}`, async () => assert.is(await digestIn(packed), digestOf(unpacked)));
}

const BROKEN: readonly [what: string, packed: Buffer][] = [
  ['gzip without its end', gzipSync(ONE).subarray(0, 1000)],
  ['gzip, then something else', Buffer.concat([gzipSync(ONE), Buffer.from('more')])],
  ['zstd without its end', zstdCompressSync(ONE).subarray(0, 1000)],
  ['zstd, then something else', Buffer.concat([zstdCompressSync(ONE), Buffer.from('more than that')])],
];

for (const [what, packed] of BROKEN) {
  test(`a layer that cannot be unpacked: ${what}`, async () => {
    const error = await digestIn(packed).catch((thrown: NodeJS.ErrnoException) => thrown);
    assert.match((error as NodeJS.ErrnoException).code ?? `${error}`, /^(Z_|ZSTD_)/);
  });
}

test.run();
