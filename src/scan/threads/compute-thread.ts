import { parentPort } from 'node:worker_threads';
import { TASKS, type TaskName } from './tasks.ts';
import { type ThreadError, toThread } from './thread-error.ts';

export interface TaskRequest {
  readonly name: TaskName;
  readonly input: unknown;
}

export type TaskAnswer = { readonly output: unknown } | { readonly error: ThreadError };

const answer = async ({ name, input }: TaskRequest): Promise<TaskAnswer> => {
  try {
    return { output: await (TASKS[name] as (input: unknown) => unknown)(input) };
  } catch (error) {
    return { error: toThread(error as Error) };
  }
};

parentPort?.on('message', async (request: TaskRequest) => parentPort?.postMessage(await answer(request)));
