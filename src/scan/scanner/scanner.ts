import type { Finding } from '../findings/finding.ts';
import type { ImageId, Repository } from '../image.ts';
import type { Credentials } from '../registry/credentials.ts';

/** One place to pull an image from, and what to show there. */
export interface ImageSource extends Repository {
  /** Absent: anonymously. */
  readonly credentials?: Credentials;
}

export interface SbomRequest {
  readonly image: ImageId;
  /** Tried in this order; at least one. */
  readonly sources: readonly ImageSource[];
}

/** Which vulnerability database. */
export interface DatabaseVersion {
  /** RFC 3339. */
  readonly updatedAt: string;
  /** Of its manifest. Absent: a Trivy server's, which tells the time only, or that of a report from before it was kept. */
  readonly digest?: string;
}

export interface ScannerVersion {
  readonly name: string;
  readonly version: string;
}

/** What matching an SBOM against the vulnerability database found. */
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

/** Looks into images. Every method throws ScanError, and ends with its signal's reason when the signal ends. */
export interface Scanner {
  /** Pulls an image once and lists what is in it. @returns CycloneDX JSON */
  sbom(request: SbomRequest, signal: AbortSignal): Promise<Buffer>;
  /** Matches a CycloneDX SBOM against the vulnerability database. */
  match(sbom: Buffer, signal: AbortSignal): Promise<Match>;
  /** The database that `match` uses now; undefined while there is none. */
  database(): DatabaseVersion | undefined;
}
