import type { ImageOrigin } from '../engine/image-consumers.ts';
import type { Kev } from '../findings/known-exploited.ts';
import type { ScannerVersion } from '../findings/match.ts';
import type { ScanFailure } from '../scan-error.ts';
import type { Evaluation } from './evaluation/evaluation.ts';
import type { StallReason } from './status/reasons.ts';

/** The state of one image of an ImageScan. */
export interface ObservedImage {
  readonly reference: string;
  /** Absent: a tag that could not be looked up yet. */
  readonly digest?: string;
  readonly platform: string;
  readonly pods: number;
  /** Absent: a pod has it. */
  readonly origin?: ImageOrigin;
  /** Of the last result, however old. */
  readonly evaluation?: Evaluation;
  readonly failure?: ScanFailure;
  /** The result is older than the last planned time, or of another database. */
  readonly outdated: boolean;
}

/** Everything that the status of an ImageScan is computed from. Times are milliseconds since 1970. */
export interface Observation {
  readonly images: readonly ObservedImage[];
  /** How many rows of the status the findings that count would make. */
  readonly distinctFindings: number;
  /** The last planned time of the schedule that has passed. */
  readonly planned?: number;
  /** The next one. */
  readonly next?: number;
  readonly scanner?: ScannerVersion;
  /** When the current database was built. */
  readonly database?: string;
  /** Where it comes from; absent: a Trivy server has it. */
  readonly databaseRepository?: string;
  /** The database is so old that it misses new vulnerabilities. */
  readonly databaseOld: boolean;
  /** Why the last check for a newer one failed, with the cure. */
  readonly databaseProblem?: string;
  /** The file of KEV that the results are judged with; absent: none was read. */
  readonly kev?: Kev;
  /** Problems that a user has to fix before all images can be scanned; the first decides the reason. */
  readonly stalled: readonly { readonly reason: StallReason; readonly message: string }[];
  /** The report store has lost results, and not every image has been scanned again: the status keeps the last known values. */
  readonly resultsLost?: boolean;
  /** The value of the annotation whose request is done. */
  readonly handledRescan?: string;
}

export const evaluationsOf = ({ images }: Observation): Evaluation[] =>
  images.flatMap(({ evaluation }) => evaluation ?? []);
