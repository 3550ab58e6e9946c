import { printableLines } from '../../text/printable.ts';
import { type Terminal, writeLine } from '../terminal.ts';
import { loadWorld, type WorldFlags } from '../world/load-world.ts';
import { type Checked, check } from './find.ts';
import { toGithub } from './format/github.ts';
import { toJson } from './format/json.ts';
import { toSarif } from './format/sarif.ts';
import { toTable } from './format/table.ts';

export interface CheckFlags extends WorldFlags {
  readonly filename: readonly string[];
  readonly output: 'table' | 'json' | 'sarif' | 'github';
}

const FORMATS: Readonly<Record<CheckFlags['output'], (checked: Checked, notes: readonly string[]) => string>> = {
  ...{ table: toTable, json: toJson, sarif: toSarif, github: toGithub },
};

/** Prints the findings about the policies of the files. @returns the exit status @throws InputError, UsageError */
export const checkCommand = async (flags: CheckFlags, terminal: Terminal): Promise<number> => {
  const loaded = await loadWorld(flags, terminal);
  const checked = check(loaded);
  for (const line of [...loaded.notes, ...checked.unknowns]) writeLine(terminal.stderr, line);
  terminal.stdout.write(printableLines(FORMATS[flags.output](checked, loaded.notes)));
  if (checked.findings.length > 0) return 1;
  return checked.unknowns.length > 0 ? 2 : 0;
};
