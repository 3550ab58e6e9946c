import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

/** Never in a log, whatever object carries them: tokens, keys, request headers, the data of Secrets. */
const SECRETS = [
  'token',
  'password',
  'authorization',
  'Authorization',
  'clientKeyData',
  'client-key-data',
  'stringData',
];

export interface LogOptions {
  readonly level: string;
  readonly format: 'json' | 'text';
}

/** Writes to stderr, so that stdout stays free for output. */
export const createLogger = ({ level, format }: LogOptions): Logger => {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SECRETS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[redacted]' },
  };
  const stream =
    format === 'text' ? pretty({ destination: 2, sync: true, colorize: false, singleLine: true }) : pino.destination(2);
  return pino(options, stream);
};
