import { parseReference } from '../../api/image-reference.ts';
import type { Repository } from '../image.ts';
import type { Problem } from '../scan-error.ts';
import type { LastScan } from './last-scan.ts';
import { type TagTarget, targetKey } from './scan-target.ts';

/** The state of a reference in target.images: its last digest, and why the last lookup failed. */
export interface Lookup {
  readonly digest?: string;
  readonly problem?: Problem;
}

/** The tag or digest to look up in the registry: the digest of a reference if it has one. */
export const lookedUp = (reference: string): string => {
  const { digest, tag = 'latest' } = parseReference(reference) ?? {};
  return digest ?? tag;
};

/** Where to look a reference up; none when it is no reference. */
export const repositoriesNamedBy = (reference: string): Repository[] => {
  const parsed = parseReference(reference);
  return parsed === undefined ? [] : [{ registry: parsed.registry, repository: parsed.repository }];
};

interface KnownTag {
  readonly target: TagTarget;
  /** Last known digest of the reference, which may be another image than the one that runs. */
  readonly candidate?: string;
  digest?: string;
  at?: number;
  database?: string;
}

/** The digests of the references in ImageScans, as they were last looked up. */
export class TagLookups {
  readonly #tags = new Map<string, KnownTag>();

  /**
   * Replaces the references of an ImageScan.
   * @param before digests that are known from an earlier run of the operator, by reference
   * @returns keys that are not needed any more
   */
  watch(scan: string, targets: readonly TagTarget[], before: ReadonlyMap<string, string> = new Map()): string[] {
    const watched = new Map(targets.map((target) => [targetKey(target), target]));
    const gone = [...this.#tags].flatMap(([key, { target }]) =>
      target.scan === scan && !watched.has(key) ? [key] : [],
    );
    for (const key of gone) this.#tags.delete(key);
    for (const [key, target] of watched) {
      if (this.#tags.has(key)) continue;
      const digest = before.get(target.reference);
      const known = target.runs === undefined ? { digest } : { candidate: digest };
      this.#tags.set(key, { target, ...(digest !== undefined && known) } as KnownTag);
    }
    return gone;
  }

  /** Where the image that runs may be: the last known digest of the reference, then the reference. */
  candidates(target: TagTarget): string[] {
    const { candidate } = this.#tags.get(targetKey(target)) ?? {};
    return [...(candidate === undefined ? [] : [candidate]), lookedUp(target.reference)];
  }

  /** @param key from targetKey */
  get(key: string): TagTarget | undefined {
    return this.#tags.get(key)?.target;
  }

  /** @param database that a scan would use now @param now milliseconds since 1970 */
  found(target: TagTarget, digest: string, database: string | undefined, now: number): void {
    const tag = this.#tags.get(targetKey(target));
    if (tag === undefined) return;
    tag.digest = digest;
    tag.at = now;
    if (database !== undefined) tag.database = database;
  }

  digestOf(target: TagTarget): Pick<Lookup, 'digest'> {
    const digest = this.#tags.get(targetKey(target))?.digest;
    return digest === undefined ? {} : { digest };
  }

  lastScan(target: TagTarget): Pick<LastScan, 'scannedAt' | 'database'> {
    const { at, database } = this.#tags.get(targetKey(target)) ?? {};
    return { ...(at !== undefined && { scannedAt: at }), ...(database !== undefined && { database }) };
  }
}
