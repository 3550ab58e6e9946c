import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Supervisor } from '../controlplane/supervisor.ts';
import { killMarked } from './leftovers.ts';
import type { Ending } from './result.ts';

export interface Command {
  file: string;
  args: readonly string[];
  cwd: string;
  environment: NodeJS.ProcessEnv;
  timeoutMs: number;
}

export interface Ended extends Ending {
  /** The figures of hack/test/cpu-time.ts, if the command loads it and ended normally. */
  cpuMs?: number;
}

const markerName = 'PALISADE_TEST_RUN';

/** Runs one command to its end or its bound and leaves no process behind. */
export async function run(supervisor: Supervisor, logs: string, command: Command): Promise<Ended> {
  const id = randomUUID();
  const log = join(logs, id);
  const cpuFile = `${log}.cpu`;
  const job = supervisor.start(command.file, command.args, {
    log,
    cwd: command.cwd,
    env: { ...command.environment, [markerName]: id, PALISADE_TEST_CPU_FILE: cpuFile },
  });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    void job.stop(0);
  }, command.timeoutMs);
  const exit = await job.wait();
  clearTimeout(timer);
  await killMarked(`${markerName}=${id}`);
  const output = await readFile(log, 'utf8');
  const cpu = await readFile(cpuFile, 'utf8').catch(() => undefined);
  return { exit, timedOut, timeoutMs: command.timeoutMs, output, ...(cpu !== undefined && { cpuMs: Number(cpu) }) };
}
