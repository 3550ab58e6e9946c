import type { Worker } from 'node:worker_threads';
import { startThread } from '../../threads/start-thread.ts';
import type { TaskAnswer, TaskRequest } from './compute-thread.ts';
import { TASKS, type TaskName, type Tasks } from './tasks.ts';
import { fromThread } from './thread-error.ts';

/** Runs a task. @throws what the task throws; TaskTooLarge */
export type Compute = <Name extends TaskName>(
  name: Name,
  input: Parameters<Tasks[Name]>[0],
) => Promise<Awaited<ReturnType<Tasks[Name]>>>;

/** A task needs more memory than the thread has. */
export class TaskTooLarge extends Error {
  override readonly name = 'TaskTooLarge';
}

type AnyTask = (input: unknown) => unknown;

/** On this thread, for commands that do nothing else. */
export const computeHere: Compute = async (name, input) => (await (TASKS[name] as AnyTask)(input)) as never;

/** MiB. A task that needs more ends the thread, and not the process. */
const HEAP_MB = 512;

/** Runs tasks on a thread of its own, one at a time. The thread starts with the first task and stays. */
export class ComputeThread {
  readonly #heapMb: number;
  #thread: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(heapMb = HEAP_MB) {
    this.#heapMb = heapMb;
  }

  readonly run: Compute = (name, input) => {
    const result = this.#last.then(() => this.#ask({ name, input }));
    this.#last = result.catch(() => {});
    return result as never;
  };

  /** Tasks that are not done fail: a stop does not wait for a report of a hundred thousand findings. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#thread?.terminate();
  }

  async #ask(request: TaskRequest): Promise<unknown> {
    if (this.#isClosed) throw new Error(`the task ${request.name} was not started: the operator stops`);
    this.#thread ??= this.#start();
    const thread = this.#thread;
    const { promise, resolve, reject } = Promise.withResolvers<TaskAnswer>();
    const fail = (error: NodeJS.ErrnoException): void => {
      const isOut = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      reject(isOut ? new TaskTooLarge(`the task ${request.name} needs too much memory`, { cause: error }) : error);
    };
    const end = (): void => reject(new Error(`the thread of the task ${request.name} ended before the task was done`));
    thread.once('message', resolve).once('error', fail).once('exit', end);
    thread.ref();
    try {
      thread.postMessage(request);
      const answer = await promise;
      if ('error' in answer) throw fromThread(answer.error);
      return answer.output;
    } finally {
      thread.off('message', resolve).off('error', fail).off('exit', end);
      // A process that has nothing else to do ends.
      thread.unref();
    }
  }

  #start(): Worker {
    const resourceLimits = { maxOldGenerationSizeMb: this.#heapMb };
    const thread = startThread('scan/threads/compute-thread', { name: 'palisade-compute', resourceLimits });
    const forget = (): void => {
      if (this.#thread === thread) this.#thread = undefined;
    };
    // Also between two tasks: the next one then has a new thread.
    return thread.once('error', forget).once('exit', forget);
  }
}
