import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** The command line of a running process; empty when it is gone, or dead and not yet reaped. */
export async function commandLine(pid: number | string): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.replaceAll('\0', ' ').trim();
}

export async function processesMentioning(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid);
  return (await Promise.all(pids.map(commandLine))).filter((line) => line.includes(text));
}

/** Waits until `holds` is true; after the timeout the error says what was expected. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>, boundMs = 10_000) {
  const deadline = performance.now() + boundMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${boundMs / 1000} s: ${what}`);
    await delay(20);
  }
}
