/** A file of the report store, for the decision whether it stays. */
export interface Candidate {
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly usedAt: number;
  readonly inUse: boolean;
}

export interface Limits {
  readonly maxBytes: number;
  readonly unusedMs: number;
}

/** The result of a collection. */
export interface Collection {
  readonly files: number;
  readonly bytes: number;
  /** How far the rest is beyond `maxBytes` because all of it is in use; 0: it is not. */
  readonly overBytes: number;
}

const total = (files: readonly Candidate[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

/**
 * The files to remove: those not used for `unusedMs`, then the longest unused until the rest is within `maxBytes`. Files
 * in use stay, whatever their size.
 */
export function collectable<T extends Candidate>(
  files: readonly T[],
  { maxBytes, unusedMs }: Limits,
  now: number,
): T[] {
  let bytes = total(files);
  return files
    .filter(({ inUse }) => !inUse)
    .sort((a, b) => a.usedAt - b.usedAt || (a.name < b.name ? -1 : 1))
    .filter((file) => {
      const goes = now - file.usedAt >= unusedMs || bytes > maxBytes;
      if (goes) bytes -= file.bytes;
      return goes;
    });
}
