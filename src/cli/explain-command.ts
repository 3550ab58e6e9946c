import { explain } from './explain/explain.ts';
import { type InputFlags, loadPolicies } from './load-policies.ts';
import type { Terminal } from './terminal.ts';

/** Prints in words what policies mean. @throws InputError, UsageError */
export const explainCommand = async (flags: InputFlags, terminal: Terminal): Promise<void> => {
  const policies = await loadPolicies(flags, terminal);
  terminal.stdout.write(policies.map(({ policy }) => explain(policy)).join('\n'));
};
