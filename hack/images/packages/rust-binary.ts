import { zlibSync } from 'fflate';
import type { Files } from '../layer.ts';
import { elf } from './elf.ts';

export interface RustCrate {
  readonly name: string;
  readonly version: string;
  /** Default runtime; others are not in the program. */
  readonly kind?: 'runtime' | 'build';
  /** The program itself. */
  readonly root?: boolean;
}

/** An executable with the list of crates that `cargo auditable` writes, and nothing else. */
export function rustBinary(path: string, crates: readonly RustCrate[]): Files {
  const packages = crates.map((crate) => ({ source: 'crates.io', kind: 'runtime', ...crate }));
  return {
    [path]: { data: elf('.dep-v0', Buffer.from(zlibSync(Buffer.from(JSON.stringify({ packages }))))), mode: 0o755 },
  };
}
