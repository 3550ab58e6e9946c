import { printableLines } from '../../text/printable.ts';
import { unknownsOf } from '../check/find.ts';
import { UsageError } from '../errors.ts';
import { readFlows } from '../flows/read-flows.ts';
import { type Terminal, writeLine } from '../terminal.ts';
import { loadParts, type WorldFlags } from '../world/load-world.ts';
import { FORMATS, type PreviewFormat } from './format.ts';
import { type Report, reportFlows, reportStatus } from './report.ts';
import { type PreviewWorlds, previewWorlds } from './worlds.ts';

export interface PreviewFlags extends WorldFlags {
  readonly flows?: readonly string[];
  readonly output: PreviewFormat;
}

const reportOf = async (worlds: PreviewWorlds, { flows }: PreviewFlags, { stdin }: Terminal): Promise<Report> => {
  const named = worlds.policies.filter(({ network }) => network !== undefined);
  const unknowns = named.flatMap((policy) => unknownsOf(worlds.after, policy));
  if (flows === undefined) return reportStatus(worlds, unknowns);
  // Flows have the labels of pods that no file has: each says for itself whether that suffices.
  return reportFlows(worlds, await readFlows(flows, stdin), worlds.after.cluster === undefined ? [] : unknowns);
};

/** Prints what policies would cut. @returns the exit status: 1 if something, or unknown @throws InputError, UsageError */
export const previewCommand = async (flags: PreviewFlags, terminal: Terminal): Promise<number> => {
  if (flags.flows?.includes('-') && flags.filename?.includes('-'))
    throw new UsageError('--filename - and --flows - both read stdin: name a file for one of them');
  const worlds = previewWorlds(await loadParts(flags, terminal), flags.namespace);
  const report = await reportOf(worlds, flags, terminal);
  const { notes } = worlds.after;
  for (const note of notes) writeLine(terminal.stderr, note);
  terminal.stdout.write(printableLines(FORMATS[flags.output](report, notes)));
  return report.isGrave ? 1 : 0;
};
