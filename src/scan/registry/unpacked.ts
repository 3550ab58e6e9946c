import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

const CHUNK = { chunkSize: 256 * 1024 };
const GZIP = 0x1f8b08;
const ZSTD = 0xfd2fb528;
/** RFC 8878: 0x184D2A50 to 0x184D2A5F begin a frame without content; its length follows. */
const SKIPPED = 0x184d2a5;
const SKIPPED_HEADER = 8;

const beginning = async (file: FileHandle, position: number): Promise<Buffer> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(SKIPPED_HEADER), 0, SKIPPED_HEADER, position);
  return buffer.subarray(0, bytesRead);
};

/** Unpacks what begins at `start`. */
async function* through(path: string, start: number, unpack: Transform): AsyncGenerator<Buffer, void, undefined> {
  const packed = createReadStream(path, { start });
  packed.on('error', (error) => unpack.destroy(error));
  packed.pipe(unpack);
  try {
    yield* unpack as AsyncIterable<Buffer>;
  } finally {
    packed.destroy();
  }
}

/** Frames in a row, as zstd:chunked has them; the decompressor of Node.js ends with the first. */
async function* zstdFrames(path: string, file: FileHandle): AsyncGenerator<Buffer, void, undefined> {
  const { size } = await file.stat();
  for (let start = 0; start < size; ) {
    const header = await beginning(file, start);
    if (header.length === SKIPPED_HEADER && header.readUInt32LE(0) >>> 4 === SKIPPED) {
      start += SKIPPED_HEADER + header.readUInt32LE(4);
      continue;
    }
    const unpack = createZstdDecompress(CHUNK);
    yield* through(path, start, unpack);
    start += unpack.bytesWritten;
  }
}

/**
 * The content of a layer as Trivy unpacks it: by its first bytes, not by the media type. CRI-O does the same. containerd
 * also takes a frame to skip at the beginning for zstd, so such a layer has the right digest in one of the two at most.
 */
export async function* unpackedLayer(path: string): AsyncGenerator<Buffer, void, undefined> {
  await using file = await open(path);
  const first = await beginning(file, 0);
  if (first.length >= 4 && first.readUInt32LE(0) === ZSTD) yield* zstdFrames(path, file);
  else if (first.length >= 3 && first.readUIntBE(0, 3) === GZIP) yield* through(path, 0, createGunzip(CHUNK));
  else yield* createReadStream(path) as AsyncIterable<Buffer>;
}

/** The digest of that content. @throws the signal's reason; Error when it cannot be unpacked */
export const unpackedDigest = async (path: string, signal: AbortSignal): Promise<string> => {
  const hash = createHash('sha256');
  for await (const part of unpackedLayer(path)) {
    signal.throwIfAborted();
    hash.update(part);
  }
  return `sha256:${hash.digest('hex')}`;
};
