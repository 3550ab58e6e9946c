import { readFileSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Bytes that are the process' own: without the vulnerability database, which it maps into memory and the kernel can
 * take back. 0 where there is no /proc, or no such process.
 */
export function memoryUse(pid: number): number {
  try {
    // Made by the kernel as it is read: no disk is waited for.
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^RssAnon:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
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
