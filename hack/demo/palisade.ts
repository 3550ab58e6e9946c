import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BOUND_MS } from '../until.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

export interface Ended {
  readonly stdout: string;
  /** 0, or 1 for an answer such as no. */
  readonly status: number;
}

/** A command of Palisade's CLI, in the repository's directory. @throws Error when it fails, or does not end in time */
export async function palisade(args: readonly string[], ms = BOUND_MS): Promise<Ended> {
  try {
    const { stdout } = await run(process.execPath, ['src/main.ts', ...args], { cwd: root, timeout: ms });
    return { stdout, status: 0 };
  } catch (cause) {
    const { killed, code, stdout, stderr } = cause as Partial<Record<string, unknown>>;
    if (killed === true) throw new Error(`palisade ${args[0]} did not end within ${ms / 1000} s`, { cause });
    if (code === 1 && stdout !== '') return { stdout: String(stdout), status: code };
    throw new Error(`palisade ${args[0]} failed: ${String(stderr).trim()}`, { cause });
  }
}
