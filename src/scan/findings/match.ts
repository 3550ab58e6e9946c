import type { DatabaseVersion } from '../database-version.ts';
import type { Finding } from './finding.ts';

export interface ScannerVersion {
  readonly name: string;
  readonly version: string;
}

/** The result of matching an SBOM against the vulnerability database. */
export interface Match {
  readonly os?: {
    readonly family: string;
    readonly version: string;
    /** The distribution gets no more fixes. */
    readonly endOfLife: boolean;
  };
  readonly findings: readonly Finding[];
  readonly scanner: ScannerVersion;
  readonly database: DatabaseVersion;
}
