import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * As mkdir -p, for this user alone. Node's own `recursive` never comes back where a parent is there and refuses with ENOENT,
 * as /proc does (seen with 24.21).
 */
export const makeDirectory = async (path: string): Promise<void> => {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await isDirectory(path))) return;
    if (code !== 'ENOENT' || (await isDirectory(dirname(path)))) throw error;
    await makeDirectory(dirname(path));
    await makeDirectory(path);
  }
};

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
