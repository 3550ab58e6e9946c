import { InputError } from '../errors.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { type Terminal, writeLine } from '../terminal.ts';

/** Runs a command whose exit status 1 is a judgment: invalid input, or a cluster that does not answer, ends with 2. */
export const failingWithUsageStatus = async (
  terminal: Terminal,
  setStatus: (status: number) => void,
  command: () => Promise<number>,
): Promise<void> => {
  try {
    setStatus(await command());
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    for (const problem of error.problems) writeLine(terminal.stderr, problem);
    setStatus(EXIT_STATUS.BAD_USAGE);
  }
};
