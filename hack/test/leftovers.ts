import { readdir, readFile } from 'node:fs/promises';

/**
 * Kills every process that inherited `NAME=value` in its environment, also those that left their process group.
 * Returns how many there were. Only Linux shows environments; elsewhere process groups must do.
 */
export async function killMarked(marker: string): Promise<number> {
  const entries = await readdir('/proc').catch(() => []);
  const pids = entries.filter((entry) => /^\d+$/.test(entry));
  const killed = await Promise.all(pids.map((pid) => killIfMarked(Number(pid), marker)));
  return killed.filter(Boolean).length;
}

async function killIfMarked(pid: number, marker: string): Promise<boolean> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
    if (!environment.split('\0').includes(marker)) return false;
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}
