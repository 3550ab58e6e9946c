import { Worker, type WorkerOptions } from 'node:worker_threads';

/** The files beside this one that run as threads. */
export type ThreadFile = 'watchdog-thread' | 'compute-thread';

/** Starts a thread. In the bundle hack/build.ts puts another function here, since the files are texts in it. */
export const startThread = (file: ThreadFile, options: WorkerOptions): Worker =>
  // Not the flags of this process: some, as --input-type, are for its own program only.
  new Worker(new URL(`./${file}.ts`, import.meta.url), { ...options, execArgv: [] });
