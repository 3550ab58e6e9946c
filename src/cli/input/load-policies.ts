import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import { readSchema } from '../../api/schema.ts';
import { namespaceName } from '../settings/parsers.ts';
import { readFlag } from '../settings/setting.ts';
import { type Terminal, writeLine } from '../terminal.ts';
import { compileValidator } from '../validation/validator.ts';
import { readFiles } from './files.ts';
import { type ReadPolicies, readPolicies } from './policies.ts';

/** The flags that select policies. */
export interface InputFlags {
  readonly filename: readonly string[];
  readonly namespace?: string;
}

const parseNamespace = namespaceName('team-a');

/** Reads and validates the policies, and lists skipped objects on stderr. @throws InputError, UsageError */
export const loadPolicies = async (flags: InputFlags, terminal: Terminal): Promise<ReadPolicies['policies']> => {
  const { filename, namespace } = flags;
  if (namespace !== undefined) readFlag('--namespace', namespace, parseNamespace);
  const sources = await readFiles(filename, terminal.stdin);
  const { policies, notes } = readPolicies(sources, {
    namespace,
    validate: compileValidator(readSchema(CONTAINER_SECURITY_POLICY)),
  });
  for (const note of notes) writeLine(terminal.stderr, note);
  return policies;
};
