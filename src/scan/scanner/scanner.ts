import type { DatabaseVersion } from '../database-version.ts';
import type { Match } from '../findings/match.ts';
import type { ImageId, ImageSource } from '../image.ts';

export interface SbomRequest {
  readonly image: ImageId;
  /** Tried in this order; at least one. */
  readonly sources: readonly ImageSource[];
}

/** A match as the scanner has written it: reading it takes long. */
export interface MatchOutput extends Pick<Match, 'scanner' | 'database'> {
  /** JSON of Trivy. */
  readonly output: Buffer;
  /** Of the database; absent: not known. */
  readonly buckets?: readonly string[];
  /** The subject of the SBOM, for messages. */
  readonly what: string;
}

/** Generates SBOMs of images and matches them. Every method throws ScanError, or its signal's reason when that ends. */
export interface Scanner {
  /** Pulls an image once and lists its packages. @returns CycloneDX JSON */
  sbom(request: SbomRequest, signal: AbortSignal): Promise<Buffer>;
  /** Matches a CycloneDX SBOM against the vulnerability database. */
  match(sbom: Buffer, signal: AbortSignal): Promise<MatchOutput>;
  /** The database that `match` uses now; undefined while there is none. */
  database(): DatabaseVersion | undefined;
}
