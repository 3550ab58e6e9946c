import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OperatorProcess } from '../operator-process.ts';

/** CPU time, seconds; the kernel counts in hundredths. */
export interface CpuTime {
  readonly own: number;
  /** Of its children, and theirs, that have ended. */
  readonly children: number;
}

/** Linux only, as everything here. */
export const cpuTime = async (pid: number): Promise<CpuTime> => {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8'))
    .replace(/^.*\) /, '')
    .split(' ')
    .map(Number);
  const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields.slice(11);
  return { own: (user + system) / 100, children: (childrenUser + childrenSystem) / 100 };
};

const memory = async (pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024;
};

/** Resident memory, MiB. */
export const rss = (pid: number): Promise<number> => memory(pid, 'VmRSS');

/** The most since its start, MiB. */
export const peakRss = (pid: number): Promise<number> => memory(pid, 'VmHWM');

/** Since the start of the operator, milliseconds. */
export const longestDelay = async (operator: OperatorProcess): Promise<number> =>
  1000 * (await operator.metric('palisade_event_loop_delay_longest_seconds'));

export interface MemoryUse {
  /** MiB, of ten looks a second. */
  readonly average: number;
  /** MiB, as the kernel saw it. */
  readonly peak: number;
}

/** Resident memory while something is done. */
export const memoryDuring = async <T>(
  pid: number,
  work: () => Promise<T>,
): Promise<{ result: T; memory: MemoryUse }> => {
  // 5 resets the peak (proc_pid_clear_refs(5)).
  await writeFile(`/proc/${pid}/clear_refs`, '5');
  const looks: number[] = [];
  const done = new AbortController();
  const watch = async (): Promise<void> => {
    while (!done.signal.aborted) {
      looks.push(await rss(pid));
      await sleep(100, undefined, { signal: done.signal }).catch(() => {});
    }
  };
  const watching = watch();
  const result = await work().finally(() => done.abort());
  await watching;
  const average = looks.reduce((sum, look) => sum + look, 0) / looks.length;
  return { result, memory: { average, peak: await peakRss(pid) } };
};
