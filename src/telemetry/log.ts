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
    // Applied to the written line, which includes the bindings of child loggers and errors.
    hooks: { streamWrite: redactLine },
  };
  const stream =
    format === 'text'
      ? pretty({ destination, sync: true, colorize: false, singleLine: true })
      : // Synchronous, so that the last lines of a killed process are written.
        pino.destination({ dest: destination, sync: true });
  return pino(options, stream);
};
