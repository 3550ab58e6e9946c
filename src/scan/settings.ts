import type { ScanLimits } from './scanner/process/limits.ts';

/** The settings of scanning, read and checked by src/cli. */
export interface ScanSettings {
  /** Path of Trivy; absent: the first on the PATH. */
  readonly trivy?: string;
  /** A Trivy server that matches images; absent: they are matched here. */
  readonly server?: URL;
  readonly databaseRepository: string;
  /** In the form that parseJarIndexRepository reads. */
  readonly jarIndexRepository: string;
  /** Interval of the checks for a newer database, in the repository or on the server, milliseconds. */
  readonly databaseIntervalMs: number;
  /** Where EPSS and KEV are, as parseEnrichmentPlace reads it; absent: they are not used. */
  readonly enrichment?: string;
  /** Reports, analyses and the database, of one operator alone. */
  readonly directory: string;
  /** Limit of reports and analyses together, bytes. */
  readonly storeBytes: number;
  readonly concurrency: number;
  /** As parseAllowedRegistries gives them; empty: all. */
  readonly allowedRegistries: readonly string[];
  readonly limits: ScanLimits;
  /** Whether a Report of openreports.io is kept for each ImageScan. */
  readonly openReports: boolean;
  /** Images are analyzed in Jobs of this namespace, by this image of Palisade; absent: in this process. */
  readonly jobs?: { readonly namespace: string; readonly image: string };
}
