import type { ScannerVersion } from '../findings/match.ts';
import type { Failure } from '../scan-error.ts';
import type { ImageView } from './evaluation/evaluation.ts';

/** What is known of one image of an ImageScan. */
export interface ImageLook {
  readonly reference: string;
  /** Absent: a tag that could not be looked up yet. */
  readonly digest?: string;
  readonly platform: string;
  readonly pods: number;
  /** The last result, however old. */
  readonly view?: ImageView;
  readonly failure?: Failure;
  /** The result is of before the last planned time, or of another database. */
  readonly outdated: boolean;
}

/** Everything that the status of an ImageScan is computed from. Times are milliseconds since 1970. */
export interface Look {
  readonly images: readonly ImageLook[];
  /** The last planned time of the schedule that has passed. */
  readonly planned?: number;
  /** The next one. */
  readonly next?: number;
  readonly scanner?: ScannerVersion;
  /** When the database that is used now was made. */
  readonly database?: string;
  /** The database is so old that new vulnerabilities are missed. */
  readonly databaseOld: boolean;
  /** What somebody has to mend before all of this ImageScan can be done; the first decides the reason. */
  readonly stalled: readonly { readonly reason: string; readonly message: string }[];
  /** Results of before are lost, and not all of them are made again: until they are, the figures of before stay. */
  readonly madeAgain?: boolean;
  /** The value of the annotation that asked for a scan and was done. */
  readonly handledRescan?: string;
}
