import type { ScanLimits } from './scanner/process/limits.ts';

/** What scanning is told from outside, read and checked by src/cli. */
export interface ScanSettings {
  /** Where Trivy is; absent: on the PATH. */
  readonly trivy?: string;
  /** A Trivy server that matches SBOMs; absent: they are matched here. */
  readonly server?: URL;
  readonly databaseRepository: string;
  /** How often the repository, or the server, is asked for a newer database, milliseconds. */
  readonly databaseIntervalMs: number;
  /** Reports, SBOMs and the database; of one operator alone. */
  readonly directory: string;
  /** What reports and SBOMs may take together, bytes. */
  readonly storeBytes: number;
  readonly concurrency: number;
  /** As parseAllowedRegistries gives them; empty: all. */
  readonly allowedRegistries: readonly string[];
  readonly limits: ScanLimits;
  /** Whether a Report of openreports.io is kept for each ImageScan. */
  readonly openReports: boolean;
  /** Images are looked into in Jobs of this namespace, with this image of ours; absent: here. */
  readonly jobs?: { readonly namespace: string; readonly image: string };
}
