import type { Environment } from './settings/setting.ts';

/** What a command talks to: the part of `process` that it needs. */
export interface Terminal {
  readonly env: Environment;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
}
