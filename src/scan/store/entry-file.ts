import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type About, fileName } from './entry.ts';
import { DamagedFile, decodeBody, decodeHeader, type Header, MAX_HEADER_BYTES, NewerFormat } from './frame.ts';
import { StoreError, storeError } from './store-error.ts';

/** A file without its content. */
export interface EntryFile {
  readonly about: About;
  /** Size of the whole file. */
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
}

/**
 * Reads the header of a file, in one read of 4 KiB, and checks the file's length.
 * @returns undefined when there is no such file
 * @throws DamagedFile, StoreError
 */
export const readAbout = (directory: string, name: string): Promise<EntryFile | undefined> =>
  withFile(directory, name, async (file, stats) => describe(stats, (await readHeader(file, name, stats)).header));

/**
 * Reads a whole file and checks every byte of it.
 * @returns undefined when there is no such file
 * @throws DamagedFile, StoreError
 */
export const readContent = (
  directory: string,
  name: string,
): Promise<(EntryFile & { readonly content: Buffer }) | undefined> =>
  withFile(directory, name, async (file, stats) => {
    const { header, length } = await readHeader(file, name, stats);
    const content = await decodeBody(header, await readAt(file, length, header.body.bytes));
    return { ...describe(stats, header), content };
  });

const describe = ({ size, mtimeMs }: Stats, { about }: Header): EntryFile => ({
  about,
  bytes: size,
  modifiedAt: Math.round(mtimeMs),
});

async function readHeader(file: FileHandle, name: string, { size }: Stats) {
  const { header, length } = decodeHeader(await readAt(file, 0, Math.min(size, MAX_HEADER_BYTES)));
  if (size !== length + header.body.bytes) throw new DamagedFile('has another length than its header says');
  if (fileName(header.about) !== name) throw new DamagedFile('has the content of another file');
  return { header, length };
}

/** Up to `length` bytes: fewer at the end of the file. */
async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

async function withFile<T>(
  directory: string,
  name: string,
  use: (file: FileHandle, stats: Stats) => Promise<T>,
): Promise<T | undefined> {
  const path = join(directory, name);
  try {
    await using file = await openFile(path);
    if (file === undefined) return undefined;
    const stats = await file.stat();
    if (!stats.isFile()) throw new DamagedFile('is not a file');
    return await use(file, stats);
  } catch (error) {
    if (error instanceof DamagedFile) throw error;
    if (error instanceof NewerFormat) {
      throw new StoreError(
        `${path} ${error.message}: start that later version again, or set --report-dir to another directory`,
        { cause: error },
      );
    }
    throw storeError(path, 'read', error);
  }
}

async function openFile(path: string): Promise<FileHandle | undefined> {
  try {
    // Never through a link to elsewhere, and without waiting for the other end of a pipe.
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP' || code === 'ENXIO') throw new DamagedFile('is not a file');
    throw error;
  }
}
