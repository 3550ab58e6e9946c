import { CONTAINER_SECURITY_POLICY, IMAGE_SCAN } from '../../api/group.ts';
import type { ImageScan } from '../../api/imagescan.ts';
import type { ContainerSecurityPolicy } from '../../api/policy.ts';
import { readSchema } from '../../api/schema.ts';
import { namespaceName } from '../settings/parsers.ts';
import { readFlag } from '../settings/setting.ts';
import { type Terminal, writeLine } from '../terminal.ts';
import { compileValidator } from '../validation/validator.ts';
import { readFiles } from './files.ts';
import { type ReadObjects, readObjects } from './objects.ts';

/** The flags that select objects. */
export interface InputFlags {
  readonly filename: readonly string[];
  readonly namespace?: string;
}

const parseNamespace = namespaceName('team-a');

/** Reads and validates objects of one kind, and lists skipped objects on stderr. @throws InputError, UsageError */
const load = async <T extends ContainerSecurityPolicy | ImageScan>(
  definition: typeof CONTAINER_SECURITY_POLICY | typeof IMAGE_SCAN,
  { filename, namespace }: InputFlags,
  terminal: Terminal,
  cure?: string,
): Promise<ReadObjects<T>['objects']> => {
  if (namespace !== undefined) readFlag('--namespace', namespace, parseNamespace);
  const sources = await readFiles(filename, terminal.stdin);
  const validate = compileValidator(readSchema(definition));
  const { objects, notes } = readObjects<T>(sources, {
    kind: definition.kind,
    namespace,
    validate,
    ...(cure && { cure }),
  });
  for (const note of notes) writeLine(terminal.stderr, note);
  return objects;
};

export const loadPolicies = (flags: InputFlags, terminal: Terminal) =>
  load<ContainerSecurityPolicy>(CONTAINER_SECURITY_POLICY, flags, terminal);

export const loadImageScans = (flags: InputFlags, terminal: Terminal) =>
  load<ImageScan>(IMAGE_SCAN, flags, terminal, 'of a policy with spec.scan, palisade render prints it');
