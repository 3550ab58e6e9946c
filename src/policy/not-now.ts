import type { NamespaceView } from './namespace.ts';
import type { Outcome, Section } from './outcome.ts';

/** Why a section that labels its namespace cannot; never in force by silence. undefined: it can. */
export const notNow = (section: Section, name: string, namespace: NamespaceView | undefined): Outcome | undefined => {
  if (namespace === undefined)
    return { section, state: 'Waiting', reason: 'NamespaceUnknown', message: `namespace ${name} is not known yet` };
  if (namespace.metadata.deletionTimestamp === undefined) return undefined;
  return { section, state: 'Waiting', reason: 'NamespaceTerminating', message: `namespace ${name} is being deleted` };
};
