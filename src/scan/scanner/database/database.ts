import type { DatabaseVersion } from '../../database-version.ts';

/** A vulnerability database while a scan uses it. */
export interface DatabaseHandle {
  readonly version: DatabaseVersion;
  /** Its buckets, which name distributions and ecosystems; absent: not known. */
  readonly buckets?: readonly string[];
  /** Arguments for Trivy. */
  readonly args: readonly string[];
  /** The Trivy server that has it. */
  readonly server?: URL;
  /** The scan is over. */
  release(): void;
}

/** A source of known vulnerabilities: local files, or a Trivy server. */
export interface Database {
  /** Undefined while there is none. */
  current(): DatabaseVersion | undefined;
  /** Why the last refresh failed, with the cure; undefined: it did not, or there was none yet. */
  problem(): string | undefined;
  /** @throws ScanError DatabaseMissing */
  acquire(): DatabaseHandle;
  /**
   * Checks for a newer one and downloads it.
   * @returns whether there is another now
   * @throws ScanError, and what was in use stays in use; the signal's reason
   */
  refresh(signal: AbortSignal): Promise<boolean>;
  /** Checks a database that a scan could not read, and never uses it again if it is damaged. @returns whether it was */
  discardDamaged(handle: DatabaseHandle): Promise<boolean>;
  /** Calls back when `current` or `problem` changed; the returned function ends that. */
  subscribe(listener: () => void): () => void;
}

/** The subscribers to changes of the database. */
export class Listeners {
  readonly #listeners = new Set<() => void>();

  readonly add = (listener: () => void): (() => void) => {
    const one = () => listener();
    this.#listeners.add(one);
    return () => this.#listeners.delete(one);
  };

  call(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Refreshes a database, and calls when it is another one, or fails for another reason than before. */
  async callAfter(database: Pick<Database, 'problem'>, refresh: () => Promise<boolean>): Promise<boolean> {
    const before = database.problem();
    let isOther = false;
    try {
      isOther = await refresh();
      return isOther;
    } finally {
      if (isOther || database.problem() !== before) this.call();
    }
  }
}

/** The API server would reject any other form in the status of an ImageScan. */
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** The time of the database in the output of `trivy version --format json` and of a server's /version. */
export function databaseVersionIn(version: unknown): DatabaseVersion | undefined {
  const { VulnerabilityDB } = (version ?? {}) as { VulnerabilityDB?: { UpdatedAt?: unknown } | null };
  const updatedAt = VulnerabilityDB?.UpdatedAt;
  const isTime = typeof updatedAt === 'string' && RFC3339.test(updatedAt) && !Number.isNaN(Date.parse(updatedAt));
  return isTime ? { updatedAt } : undefined;
}
