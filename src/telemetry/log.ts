import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { redactLine } from './redact.ts';

interface LogOptions {
  readonly level: string;
  readonly format: 'json' | 'text';
}

/**
 * Writes lines without secrets, whatever objects and errors it is given.
 * @param destination file descriptor or path; stderr, so that stdout stays free for output
 */
export const createLogger = ({ level, format }: LogOptions, destination: number | string = 2): Logger => {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // On what is written, not on what is given: nothing gets past, bindings of children and errors included.
    hooks: { streamWrite: redactLine },
  };
  const stream =
    format === 'text'
      ? pretty({ destination, sync: true, colorize: false, singleLine: true })
      : // At once: what is known of a process that was killed is what it had said.
        pino.destination({ dest: destination, sync: true });
  return pino(options, stream);
};
