import { MAX_LINE, printable } from '../text/printable.ts';
import type { Environment } from './settings/setting.ts';

/** The part of `process` that commands use. */
export interface Terminal {
  readonly env: Environment;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
}

/** Writes a line that may quote others: a registry, an API server, a file. */
export const writeLine = (to: { write(text: string): unknown }, line: string): void => {
  to.write(`${printable(line, MAX_LINE)}\n`);
};

/** Lines fit a terminal; any other output has whole lines. */
export const widthOf = ({ isTTY, columns }: Terminal['stdout']): number =>
  isTTY === true && columns !== undefined && columns > 0 ? columns : Number.POSITIVE_INFINITY;
