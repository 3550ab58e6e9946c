import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

export interface Process {
  readonly pid: number;
  readonly program: string;
}

/** Processes that live and whose working directory is this one or below it. Linux only. */
export const processesIn = async (directory: string): Promise<Process[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const cwd = await readlink(join('/proc', pid, 'cwd')).catch(() => '');
      if (!`${cwd}/`.startsWith(`${directory}/`)) return [];
      // Empty when it is dead and not reaped.
      const line = await readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '');
      return line === '' ? [] : [{ pid: Number(pid), program: line.split('\0', 1)[0] ?? '' }];
    }),
  );
  return found.flat();
};
