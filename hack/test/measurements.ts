import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The time of one test file in its last run. */
export interface Measurement {
  readonly ms: number;
  /** Of the file's process and all that it waited for; absent where that is not known. */
  readonly cpuMs?: number;
}

export type Measurements = Record<string, Measurement>;

/** By path of the file. Only the order of starting depends on them, so any fault means "unknown". */
export async function readMeasurements(file: string): Promise<Measurements> {
  try {
    const entries = Object.entries(JSON.parse(await readFile(file, 'utf8')) as Measurements);
    return Object.fromEntries(entries.filter(([, measured]) => typeof measured.ms === 'number'));
  } catch {
    return {};
  }
}

export async function writeMeasurements(file: string, measurements: Measurements): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.${process.pid}`, JSON.stringify(measurements));
    await rename(`${file}.${process.pid}`, file);
  } catch {
    // The next run starts its files in another order.
  }
}

/** How much longer than before a file may take and count as the same, only slower for what ran beside it. */
const SLOWER = 1.1;

/**
 * What is remembered of a file: what it took when little ran beside it, since it would else seem to wait whenever others
 * kept it from computing.
 */
export function remembered(before: Measurement | undefined, now: Measurement): Measurement {
  if (before === undefined || before.ms === 0) return now;
  return { ...now, ms: Math.min(now.ms, Math.round(before.ms * SLOWER)) };
}
