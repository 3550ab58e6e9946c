import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../kube/clock.ts';
import type { ScanLimits } from './limits.ts';

/** A limit that a process exceeded. */
export type ExceededLimit = 'time' | 'memory' | 'disk';

interface Watched {
  readonly pid: number;
  /** Its content counts as used disk. */
  readonly directory: string;
}

/** Calls back at most once, with the first limit that is exceeded; the returned function ends the watch. */
export function watchUse(
  watched: Watched,
  limits: ScanLimits,
  clock: Clock,
  onExceeded: (exceeded: ExceededLimit) => void,
): () => void {
  let stopped = false;
  const stop = () => {
    stopped = true;
    cancelPoll();
    cancelTime();
  };
  const end = (exceeded: ExceededLimit) => {
    if (stopped) return;
    stop();
    onExceeded(exceeded);
  };
  const poll = async () => {
    const from = clock.now();
    const exceeded = await exceededLimit(watched, limits);
    if (exceeded !== undefined) end(exceeded);
    // Measuring a directory of very many files must not take all of the time.
    const pause = Math.max(limits.pollMs, 4 * (clock.now() - from));
    if (!stopped) cancelPoll = clock.after(pause, poll);
  };
  const cancelTime = clock.after(limits.timeMs, () => end('time'));
  let cancelPoll = clock.after(limits.pollMs, poll);
  return stop;
}

async function exceededLimit({ pid, directory }: Watched, limits: ScanLimits): Promise<ExceededLimit | undefined> {
  if ((await memoryOf(pid)) > limits.memoryBytes) return 'memory';
  return (await diskUse(directory, limits.diskBytes)) > limits.diskBytes ? 'disk' : undefined;
}

/**
 * Bytes that are the process' own: without the vulnerability database, which it maps into memory and the kernel can
 * take back. 0 where there is no /proc.
 */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^RssAnon:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

/** Bytes on disk below a directory; stops counting above `enough`. Sparse files count by their allocated blocks. */
export async function diskUse(directory: string, enough: number = Number.POSITIVE_INFINITY): Promise<number> {
  let sum = 0;
  const directories = [directory];
  for (let next = directories.pop(); next !== undefined && sum <= enough; next = directories.pop()) {
    // A file that is removed meanwhile uses nothing.
    const entries = await readdir(next, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) directories.push(path);
      sum += ((await lstat(path).catch(() => undefined))?.blocks ?? 0) * 512;
      if (sum > enough) break;
    }
  }
  return sum;
}
