import type { Labels } from '../../api/child-labels.ts';
import type { StalledError } from '../errors.ts';
import type { CachedChild } from './cached-child.ts';
import { WritePacer } from './pacer.ts';

/** What is known of the writes of generated objects, and what all of them get. */
export interface WriteHistory {
  /** Labels of every generated object. */
  readonly childLabels: Labels;
  readonly pacer: WritePacer;
  /** By object: the error of a last write that admission changed. */
  readonly changedByAdmission: Map<string, StalledError>;
  /**
   * By UID: the last version that was as desired. An object that differs although the same is desired as then was
   * changed by another client, even if its field managers do not show that. Mostly the version that the cache has.
   */
  readonly lastAsDesired: Map<string, CachedChild>;
}

export const newHistory = (childLabels: Labels): WriteHistory => ({
  childLabels,
  pacer: new WritePacer(),
  changedByAdmission: new Map(),
  lastAsDesired: new Map(),
});
