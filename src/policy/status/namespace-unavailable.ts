import type { CachedNamespace } from '../namespace.ts';
import type { SectionName, SectionOutcome } from './outcome.ts';

/** The outcome of a section whose namespace cannot be labeled now; undefined: it can. */
export const namespaceUnavailable = (
  section: SectionName,
  name: string,
  namespace: CachedNamespace | undefined,
): SectionOutcome | undefined => {
  if (namespace === undefined)
    return { section, state: 'Waiting', reason: 'NamespaceUnknown', message: `namespace ${name} is not known yet` };
  if (namespace.metadata.deletionTimestamp === undefined) return undefined;
  return { section, state: 'Waiting', reason: 'NamespaceTerminating', message: `namespace ${name} is being deleted` };
};
