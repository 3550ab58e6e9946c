import pino, { type Logger } from 'pino';

export interface Line {
  level: 'debug' | 'info' | 'warn' | 'error';
  msg: string;
  [field: string]: unknown;
}

const LEVELS: Record<number, Line['level']> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' };

/** A real logger whose lines a test can read. */
export function spyLog(): { log: Logger; lines: Line[] } {
  const lines: Line[] = [];
  const write = (text: string) => {
    const line = JSON.parse(text);
    lines.push({ ...line, level: LEVELS[line.level] });
  };
  return { log: pino({ level: 'debug', base: null }, { write }), lines };
}
