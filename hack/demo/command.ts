import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BOUND_MS } from '../until.ts';

const run = promisify(execFile);

export interface Command {
  /** As an error names it. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly directory: string;
}

/** @returns its standard output @throws Error with the exit status, or with the time after which it was ended */
export async function outputOf({ name, file, args, directory }: Command, ms = BOUND_MS): Promise<string> {
  try {
    return (await run(file, args, { cwd: directory, timeout: ms })).stdout;
  } catch (cause) {
    if ((cause as { killed?: boolean }).killed !== true) throw cause;
    throw new Error(`${name} did not end within ${ms / 1000} s`, { cause });
  }
}
