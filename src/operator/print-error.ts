import { MAX_LINE, printable } from '../text/printable.ts';

/** An expected error as one line on stderr. Its message may quote an API server. */
export const printError = ({ message }: Error): void => {
  process.stderr.write(`palisade: ${printable(message, MAX_LINE)}\n`);
};
