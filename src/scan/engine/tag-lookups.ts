import { parseReference } from '../../api/image-reference.ts';
import type { Problem } from '../scan-error.ts';
import type { LastScan } from './last-scan.ts';

/** What one ImageScan's target.images names. */
export interface TargetReference {
  /** `namespace/name` of the ImageScan: each looks up with its own credentials, since a digest that it could not have got must give it no result. */
  readonly scan: string;
  readonly reference: string;
}

/** What is known of a reference in target.images: the digest it last had, and why the last lookup failed. */
export interface Lookup {
  readonly digest?: string;
  readonly problem?: Problem;
}

const PREFIX = 'lookup ';

/** The key of a lookup in the queue of scans. */
export const lookupKey = ({ scan, reference }: TargetReference): string => `${PREFIX}${scan} ${reference}`;

export const isLookupKey = (key: string): boolean => key.startsWith(PREFIX);

/** What a reference asks its registry for: the digest if it has one, else the tag. */
export const askedOf = (reference: string): string => {
  const { digest, tag = 'latest' } = parseReference(reference) ?? {};
  return digest ?? tag;
};

interface Entry extends TargetReference {
  digest?: string;
  at?: number;
  database?: string;
}

/** The digests of the references that ImageScans name, as they were last looked up. */
export class TargetLookups {
  readonly #entries = new Map<string, Entry>();

  /**
   * Replaces what an ImageScan names.
   * @param before digests that are known from an earlier run of the operator, by reference
   * @returns keys that are not needed any more
   */
  set(scan: string, references: readonly string[], before: ReadonlyMap<string, string> = new Map()): string[] {
    const wanted = new Map(references.map((reference) => [lookupKey({ scan, reference }), reference]));
    const gone = [...this.#entries]
      .filter(([key, entry]) => entry.scan === scan && !wanted.has(key))
      .map(([key]) => key);
    for (const key of gone) this.#entries.delete(key);
    for (const [key, reference] of wanted) {
      if (this.#entries.has(key)) continue;
      const digest = before.get(reference);
      this.#entries.set(key, { scan, reference, ...(digest !== undefined && { digest }) });
    }
    return gone;
  }

  get(key: string): TargetReference | undefined {
    return this.#entries.get(key);
  }

  /** @param database that a scan would use now @param now milliseconds since 1970 */
  found(key: string, digest: string, database: string | undefined, now: number): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.digest = digest;
    entry.at = now;
    if (database !== undefined) entry.database = database;
  }

  digestOf(target: TargetReference): Pick<Lookup, 'digest'> {
    const digest = this.#entries.get(lookupKey(target))?.digest;
    return digest === undefined ? {} : { digest };
  }

  lastScan(target: TargetReference): Pick<LastScan, 'scannedAt' | 'database'> {
    const { at, database } = this.#entries.get(lookupKey(target)) ?? {};
    return { ...(at !== undefined && { scannedAt: at }), ...(database !== undefined && { database }) };
  }
}
