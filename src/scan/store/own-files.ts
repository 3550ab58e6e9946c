import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from '../make-directory.ts';
import { isTemporaryName, temporaryName } from './atomic-file.ts';
import { isFileName } from './entry.ts';
import { storeError } from './store-error.ts';

/**
 * Makes the directory, tries to write there, and removes what killed writers left.
 * @returns the store's own files
 * @throws StoreError
 */
export async function listOwnFiles(directory: string): Promise<string[]> {
  try {
    await makeDirectory(directory);
    const probe = await open(join(directory, temporaryName()), 'wx', 0o600);
    await probe.close();
    const entries = await readdir(directory, { withFileTypes: true });
    const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
    for (const name of names.filter(isTemporaryName)) await rm(join(directory, name), { force: true });
    return names.filter(isFileName);
  } catch (cause) {
    throw storeError(directory, 'used as the report store', cause);
  }
}
