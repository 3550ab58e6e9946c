import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { makeDirectory } from '../../make-directory.ts';

/** Directories of mode 0700 for one piece of work each, gone after it. */
export class TempDirectories {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  /**
   * Kills the scanners and removes the directories of an operator that was killed.
   * @param root belongs to one operator process at a time
   */
  static async open(root: string): Promise<TempDirectories> {
    await makeDirectory(root);
    const leftovers = (await readdir(root)).filter(isLeftover).map((name) => join(root, name));
    await killProcessesIn(leftovers);
    await Promise.all(leftovers.map(remove));
    return new TempDirectories(root);
  }

  async use<T>(work: (directory: string) => Promise<T>): Promise<T> {
    const directory = await mkdtemp(join(this.#root, `${process.pid}-`));
    try {
      return await work(directory);
    } finally {
      await remove(directory);
    }
  }
}

// A process of this PID was a predecessor: in a container, every operator is process 1.
function isLeftover(name: string): boolean {
  const pid = Number(/^(\d+)-/.exec(name)?.[1]);
  return !(pid > 0) || pid === process.pid || !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A directory that cannot be removed now is removed at the next start. */
const remove = (directory: string): Promise<void> =>
  rm(directory, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});

/** A scanner is found by its working directory, the scratch directory, when its parent is gone. Linux only. */
async function killProcessesIn(directories: readonly string[]): Promise<void> {
  if (directories.length === 0) return;
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const cwd = await readlink(join('/proc', pid, 'cwd')).catch(() => '');
    if (!directories.some((directory) => cwd === directory || cwd.startsWith(directory + sep))) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // Gone already.
    }
  }
}
