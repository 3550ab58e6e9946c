import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * As mkdir -p, for this user alone. Node's own `recursive` never comes back where a parent is there and refuses with ENOENT,
 * as /proc does (seen with 24.21).
 */
export const makeDirectory = async (path: string): Promise<void> => {
  try {
    await makeOne(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    if (!(await isDirectory(dirname(path)))) await makeDirectory(dirname(path));
    // Another may have made the parent in between.
    await makeOne(path);
  }
};

const makeOne = async (path: string): Promise<void> => {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await isDirectory(path))) throw error;
  }
};

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
