import packageJson from '../../../package.json' with { type: 'json' };
import { ACCEPTED_BY_DEFAULT, type ImageRow, type ScanException, type ScanSpec } from '../../api/imagescan.ts';
import { compareText } from '../../text/compare-text.ts';
import { durationInWords } from '../../text/duration-in-words.ts';
import { DATABASE_OLD_MS, isOldDatabase } from '../database-version.ts';
import { blockingFindings } from '../findings/compliance.ts';
import { type CoverageGap, judgeGaps, unacceptedGaps } from '../findings/coverage/coverage.ts';
import { countedOf, type Judged, judge } from '../findings/exceptions.ts';
import type { KnownFinding } from '../findings/finding.ts';
import { compareCounts, countBySeverity } from '../findings/severity.ts';
import type { ImageReport } from '../store/report.ts';

/** Why the last scan of an image failed. */
interface ReportedFailure {
  /** A FailureReason. */
  readonly reason: string;
  readonly message: string;
}

/** An image of an ImageScan with its last report and failure. */
export interface ReportSource {
  /** As the pod or target.images has it. */
  readonly reference: string;
  /** Absent: a tag that could not be looked up. */
  readonly digest?: string;
  readonly platform: string;
  /** Pods that run it. */
  readonly pods: number;
  /** Where it is named, if no pod runs it; absent too where nothing is deployed yet. */
  readonly source?: NonNullable<ImageRow['source']>;
  /** Absent: it has not been scanned yet. */
  readonly report?: ImageReport;
  /** Beside a report: that is an older one. */
  readonly failure?: ReportedFailure;
}

export interface ReportedImage extends ReportSource {
  /** All findings, the most severe first. */
  readonly judged: readonly Judged[];
  /** Findings because of which the image is not compliant. */
  readonly blocking: readonly KnownFinding[];
  /** Packages that were not looked at, because of which it is not known to be compliant. */
  readonly uncovered: readonly CoverageGap[];
  /** Packages that were not looked at, which the ImageScan accepts. */
  readonly accepted: readonly CoverageGap[];
  /** Why its result is outdated, for people; absent: its database is recent, or there is no result. */
  readonly outdated?: string;
}

/** Which ImageScan. */
export interface ScanName {
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
}

/** The content of every format. */
export interface ScanReport {
  readonly scan: ScanName;
  /** RFC 3339; exceptions that have ended by then are over. */
  readonly generatedAt: string;
  readonly failOn: NonNullable<ScanSpec['failOn']>;
  readonly failOnKnownExploited: boolean;
  /** Why it is not known which findings are exploited, with the cure; absent: it is known, or need not be. */
  readonly kevProblem?: string;
  readonly ignoreUnfixed: boolean;
  readonly acceptUnknown: NonNullable<ScanSpec['acceptUnknown']>;
  /** Failed ones first, then those with the most severe findings. */
  readonly images: readonly ReportedImage[];
  readonly exceptions: readonly ScanException[];
}

export interface ReportInput {
  readonly scan: ScanName;
  readonly spec: Pick<ScanSpec, 'failOn' | 'failOnKnownExploited' | 'ignoreUnfixed' | 'acceptUnknown' | 'exceptions'>;
  /** As kevProblem gives it. */
  readonly kevProblem?: string | undefined;
  readonly images: readonly ReportSource[];
  /** RFC 3339. */
  readonly generatedAt: string;
}

const outdated = ({ report }: ReportSource, now: number): string | undefined => {
  const { updatedAt } = report?.database ?? {};
  if (updatedAt === undefined || !isOldDatabase(updatedAt, now)) return undefined;
  return `its result is from the vulnerability database of ${updatedAt}, which is older than ${durationInWords(DATABASE_OLD_MS)}: vulnerabilities that became known since are missing; check that --trivy-db-repository can be reached and is updated`;
};

const toReportedImage = (source: ReportSource, spec: ReportInput['spec'], now: number): ReportedImage => {
  const { reference, digest = '', report } = source;
  const why = outdated(source, now);
  const judged = judge(report?.findings ?? [], spec.exceptions ?? [], { reference, digest }, now);
  return {
    ...source,
    judged,
    blocking: blockingFindings(countedOf(judged), spec),
    uncovered: report === undefined ? [] : unacceptedGaps(report.coverage, spec),
    accepted: report?.coverage === undefined ? [] : judgeGaps(report.coverage, spec).filter(({ accepted }) => accepted),
    ...(why !== undefined && { outdated: why }),
  };
};

const keyOf = ({ reference, digest = '', platform }: ReportSource): string =>
  JSON.stringify([reference, digest, platform]);

const compareImages = (a: ReportedImage, b: ReportedImage): number =>
  Number(b.failure !== undefined) - Number(a.failure !== undefined) ||
  compareCounts(countBySeverity(countedOf(a.judged)), countBySeverity(countedOf(b.judged))) ||
  compareText(keyOf(a), keyOf(b));

/** Equal images in any order give an equal report. */
export const toScanReport = ({ scan, spec, images, generatedAt, kevProblem }: ReportInput): ScanReport => {
  const { failOnKnownExploited = false } = spec;
  const now = Date.parse(generatedAt);
  return {
    scan,
    generatedAt,
    failOn: spec.failOn ?? 'Critical',
    failOnKnownExploited,
    ...(failOnKnownExploited && kevProblem !== undefined && { kevProblem }),
    ignoreUnfixed: spec.ignoreUnfixed ?? false,
    acceptUnknown: spec.acceptUnknown ?? [...ACCEPTED_BY_DEFAULT],
    images: images.map((source) => toReportedImage(source, spec, now)).sort(compareImages),
    exceptions: spec.exceptions ?? [],
  };
};

/** The time of a document about several ImageScans, RFC 3339. */
export const lastOf = (reports: readonly ScanReport[]): string =>
  reports.map(({ generatedAt }) => generatedAt).sort((a, b) => Date.parse(b) - Date.parse(a))[0] ??
  '1970-01-01T00:00:00Z';

/** Of one of its images, as isCompliant. */
export const isImageCompliant = (
  { report, blocking, uncovered }: ReportedImage,
  { kevProblem }: Pick<ScanReport, 'kevProblem'>,
): boolean | undefined => {
  if (blocking.length > 0) return false;
  return report !== undefined && uncovered.length === 0 && kevProblem === undefined ? true : undefined;
};

/**
 * Whether no image has a blocking finding; undefined: none is known, but an image has no result, packages that were not
 * looked at, or it is not known which findings are exploited. As the condition Compliant, which says nothing of outdated results:
 * Fresh does.
 */
export const isCompliant = (report: ScanReport): boolean | undefined => {
  const verdicts = report.images.map((image) => isImageCompliant(image, report));
  if (verdicts.includes(false)) return false;
  return verdicts.includes(undefined) || report.kevProblem !== undefined ? undefined : true;
};

/** Whether its result is of an old database, or the last scan failed. */
export const isOutdated = ({ report, failure, outdated }: ReportedImage): boolean =>
  report !== undefined && (failure !== undefined || outdated !== undefined);

/** Whether it is compliant for all that is known now; undefined: as isCompliant, or only outdated results say so. */
export const judgmentOf = (report: ScanReport): boolean | undefined => {
  const compliant = isCompliant(report);
  return compliant === true && report.images.some(isOutdated) ? undefined : compliant;
};

/** Whether earlier scans are known: those of `palisade scan` are not, which has no ImageScan of a cluster. */
export const hasHistory = ({ scan }: ScanReport): boolean => scan.uid !== undefined;

/** Of Palisade. */
export const RELEASE = packageJson.version;
