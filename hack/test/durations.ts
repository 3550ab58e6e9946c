import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export type Durations = Record<string, number>;

/** Milliseconds per file of earlier runs. Only the order of starting depends on it, so any fault means "unknown". */
export async function readDurations(file: string): Promise<Durations> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return {};
  }
}

export async function writeDurations(file: string, durations: Durations): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.${process.pid}`, JSON.stringify(durations));
    await rename(`${file}.${process.pid}`, file);
  } catch {
    // The next run starts its files in another order.
  }
}
