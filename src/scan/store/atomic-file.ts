import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { storeError } from './store-error.ts';

const TEMPORARY = /^\.temporary-[0-9a-f]{32}$/;
/**
 * How often a write starts again because another operator removed its temporary file as a leftover. Each time needs the
 * start of another operator during the milliseconds of a write.
 */
const ATTEMPTS = 20;

/** A name for a file that is being written; leftovers of a killed writer have such names too. */
export const temporaryName = (): string => `.temporary-${randomBytes(16).toString('hex')}`;
export const isTemporaryName = (name: string): boolean => TEMPORARY.test(name);

/**
 * Replaces a file as a whole, mode 0600: a reader, also after a crash of the process or the machine, finds the old content
 * or the new one. The new one is on disk when this returns.
 * @param modifiedAt milliseconds since 1970
 * @throws StoreError; the old content is then still there
 */
export async function writeAtomically(
  directory: string,
  name: string,
  bytes: Buffer,
  modifiedAt: number,
): Promise<void> {
  const path = join(directory, name);
  try {
    await replace(directory, path, bytes, modifiedAt);
    await syncDirectory(directory);
  } catch (cause) {
    throw storeError(path, 'written', cause);
  }
}

async function replace(directory: string, path: string, bytes: Buffer, modifiedAt: number): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const temporary = join(directory, temporaryName());
    try {
      await writeNew(temporary, bytes, modifiedAt);
      await rename(temporary, path);
      return;
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      const { code, syscall } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' || syscall !== 'rename' || attempt === ATTEMPTS) throw error;
    }
  }
}

async function writeNew(path: string, bytes: Buffer, modifiedAt: number): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.utimes(modifiedAt / 1000, modifiedAt / 1000);
    // Before the rename: else a crash of the machine could leave the new name with nothing in it.
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A rename is on disk when its directory is. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // The answer of network file systems that do not know this for directories.
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
  } finally {
    await handle.close();
  }
}
