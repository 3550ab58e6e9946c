import type { Severity } from '../../../api/imagescan.ts';
import type { DatabaseVersion } from '../../database-version.ts';
import type { KnownFinding } from '../../findings/finding.ts';

/** A finding as the status lists it; a report in memory would hold much more. */
export type EvaluatedFinding = Pick<KnownFinding, 'id' | 'package' | 'installed' | 'severity' | 'firstSeenAt'> & {
  /** Empty: no version fixes it. */
  readonly fixed: string;
  readonly title?: string;
};

/** The report of one image with the exceptions and failOn of one ImageScan applied. Times are RFC 3339. */
export interface Evaluation {
  readonly scannedAt: string;
  readonly database: DatabaseVersion;
  /** Findings that count, by severity. */
  readonly counts: Readonly<Record<Severity, number>>;
  readonly fixable: number;
  readonly suppressed: number;
  /** Findings that count and that the report before did not have. */
  readonly new: number;
  /** Findings because of which the image is not compliant. */
  readonly blocking: number;
  /** As in `debian 12.5`. */
  readonly os?: string;
  readonly endOfLife: boolean;
  readonly oldestFixableAt?: string;
  /** The beginning of the shortest list of changes that makes the image compliant, a line each. */
  readonly advice: readonly string[];
  /** The number of further lines. */
  readonly adviceOmitted: number;
  /** Those that count. */
  readonly findings: readonly EvaluatedFinding[];
  /** Critical ones that exceptions suppress. */
  readonly suppressedCriticals: readonly Pick<EvaluatedFinding, 'id' | 'package'>[];
  /** The number of findings that each of spec.exceptions matches, in its order. */
  readonly exceptionHits: readonly number[];
}
