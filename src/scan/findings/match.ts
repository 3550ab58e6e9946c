import type { DatabaseVersion } from '../database-version.ts';
import type { Coverage } from './coverage/coverage.ts';
import type { Finding } from './finding.ts';

export interface ScannerVersion {
  readonly name: string;
  readonly version: string;
}

/** The result of matching an image against the vulnerability database. */
export interface Match {
  readonly os?: {
    readonly family: string;
    readonly version: string;
    /** The distribution gets no more fixes. */
    readonly endOfLife: boolean;
  };
  readonly findings: readonly Finding[];
  /** Absent: a release that did not record it made the match. */
  readonly coverage?: Coverage;
  readonly scanner: ScannerVersion;
  readonly database: DatabaseVersion;
}
