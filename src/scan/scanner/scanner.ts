import type { DatabaseVersion } from '../database-version.ts';
import type { Match } from '../findings/match.ts';
import type { ImageId, ImageSource } from '../image.ts';

export interface AnalysisRequest {
  readonly image: ImageId;
  /** Tried in this order; at least one. */
  readonly sources: readonly ImageSource[];
}

/** A match as the scanner has written it: reading it takes long. */
export interface MatchOutput extends Pick<Match, 'scanner' | 'database'> {
  /** JSON of Trivy. */
  readonly output: Buffer;
  /** What it was made of, as the scanner wrote it. */
  readonly analysis: Buffer;
  /** Of the database; absent: not known. */
  readonly buckets?: readonly string[];
  /** Whether a Trivy server has advisories for the distribution of the image; absent: not asked. */
  readonly isKnownToServer?: boolean;
  /** The image, for messages. */
  readonly what: string;
  /** Fields of packages and layers that could not be sent to a Trivy server, which would have used them. */
  readonly notKept?: readonly string[];
}

/** As Trivy names them. */
export type SbomFormat = 'cyclonedx' | 'spdx-json';

export interface SbomOptions {
  readonly format: SbomFormat;
  /** Where the image is from, as in `registry.example.com/team/app`: with the digest, its name in the SBOM. */
  readonly repository?: string;
}

/** Analyzes images and matches what it found. Every method throws ScanError, or its signal's reason when that ends. */
export interface Scanner {
  /** Pulls an image once and reads what it holds. @returns an Analysis as JSON (analysis/analysis.ts) */
  analyze(request: AnalysisRequest, signal: AbortSignal): Promise<Buffer>;
  /** Matches an analysis against the vulnerability database, as Trivy matches the image. @throws OutdatedAnalysis too */
  match(analysis: Buffer, signal: AbortSignal): Promise<MatchOutput>;
  /** The same with a stored analysis. @throws OutdatedAnalysis also when a new one would know more */
  rematch(analysis: Buffer, signal: AbortSignal): Promise<MatchOutput>;
  /** The SBOM of an analyzed image, as Trivy writes it. @throws OutdatedAnalysis too */
  sbomOf(analysis: Buffer, options: SbomOptions, signal: AbortSignal): Promise<Buffer>;
  /** A user requested a rescan: downloads that failed before are retried when an image needs them. @param at milliseconds since 1970 */
  rescanRequested(at: number): void;
  /** Why the last check for a newer database failed, with the cure; undefined: it did not, or there was none yet. */
  databaseProblem(): string | undefined;
  /** The database that `match` uses now; undefined while there is none. */
  database(): DatabaseVersion | undefined;
}
