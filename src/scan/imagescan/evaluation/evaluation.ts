import type { Severity } from '../../../api/imagescan.ts';
import type { DatabaseVersion } from '../../database-version.ts';
import type { Coverage } from '../../findings/coverage/coverage.ts';
import type { KnownFinding } from '../../findings/finding.ts';

/** A finding as the status lists it; a report in memory would hold much more. */
export type EvaluatedFinding = Pick<
  KnownFinding,
  'id' | 'package' | 'installed' | 'severity' | 'firstSeenAt' | 'knownExploited' | 'epss'
> & {
  /** Empty: no version fixes it. */
  readonly fixed: string;
  readonly title?: string;
};

/**
 * The report of one image with the exceptions and failOn of one ImageScan applied: exact counts, and the worst findings. The
 * others are in the report store. Times are RFC 3339.
 */
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
  /** Absent: not recorded. */
  readonly coverage?: Coverage;
  readonly oldestFixableAt?: string;
  /** The beginning of the shortest list of changes that makes the image compliant, a line each. */
  readonly advice: readonly string[];
  /** The number of further lines. */
  readonly adviceOmitted: number;
  /** The worst that count, each row of the status once. */
  readonly findings: readonly EvaluatedFinding[];
  /** How many rows all that count make. */
  readonly distinct: number;
  /** Those rows as numbersOf has them; absent: too many are in memory. */
  readonly numbers?: Float64Array;
  /** Critical findings that count, by criticalKey. */
  readonly criticals: readonly string[];
  /** Critical findings that exceptions suppress. */
  readonly suppressedCriticals: readonly string[];
  /** There are more critical findings than these lists hold. */
  readonly criticalsCut?: true;
  /** The number of findings that each of spec.exceptions matches, in its order. */
  readonly exceptionHits: readonly number[];
}
