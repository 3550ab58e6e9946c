import { Worker, type WorkerOptions } from 'node:worker_threads';

/** The files of src that run as threads. */
export const THREAD_FILES = [
  'scan/threads/watchdog-thread',
  'scan/threads/compute-thread',
  'policy/warnings/check-thread',
] as const;
export type ThreadFile = (typeof THREAD_FILES)[number];

/** Starts a thread. In the bundle hack/build.ts puts another function here, since the files are texts in it. */
export const startThread = (file: ThreadFile, options: WorkerOptions): Worker =>
  // Not the flags of this process: some, as --input-type, are for its own program only.
  new Worker(new URL(`../${file}.ts`, import.meta.url), { ...options, execArgv: [] });
