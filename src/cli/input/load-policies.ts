import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import { readSchema } from '../../api/schema.ts';
import { oneLine } from '../../text/one-line.ts';
import { UsageError } from '../errors.ts';
import type { Terminal } from '../terminal.ts';
import { compileValidator } from '../validation/validator.ts';
import { readFiles } from './files.ts';
import { type ReadPolicies, readPolicies } from './policies.ts';

/** The flags that say which policies. */
export interface InputFlags {
  readonly filename: readonly string[];
  readonly namespace?: string;
}

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Reads and checks the policies, and writes on stderr what was left out. @throws InputError, UsageError */
export const loadPolicies = async (flags: InputFlags, terminal: Terminal): Promise<ReadPolicies['policies']> => {
  const { filename, namespace } = flags;
  if (namespace !== undefined && !DNS_LABEL.test(namespace)) {
    throw new UsageError(`--namespace: "${namespace}" is not the name of a namespace: write one as in team-a`);
  }
  const sources = await readFiles(filename, terminal.stdin);
  const { policies, notes } = readPolicies(sources, {
    namespace,
    validate: compileValidator(readSchema(CONTAINER_SECURITY_POLICY)),
  });
  for (const note of notes) terminal.stderr.write(`${oneLine(note)}\n`);
  return policies;
};
