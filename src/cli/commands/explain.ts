import type { Command } from 'commander';
import { printableLines } from '../../text/printable.ts';
import { explain } from '../explain/explain.ts';
import { type InputFlags, loadPolicies } from '../input/load-objects.ts';
import type { Terminal } from '../terminal.ts';
import { FILES, NAMESPACE } from './options.ts';

/** Prints descriptions of policies. @throws InputError, UsageError */
const explainCommand = async (flags: InputFlags, terminal: Terminal): Promise<void> => {
  const policies = await loadPolicies(flags, terminal);
  terminal.stdout.write(printableLines(policies.map(({ object }) => explain(object)).join('\n')));
};

export const addExplain = (program: Command, terminal: Terminal): void => {
  program
    .command('explain')
    .summary('describe policies in plain English')
    .description('Describes the ContainerSecurityPolicies in the files in plain English. Needs no cluster.')
    .requiredOption(...FILES)
    .option(...NAMESPACE)
    .action((flags: { filename: string[]; namespace?: string }) => explainCommand(flags, terminal));
};
