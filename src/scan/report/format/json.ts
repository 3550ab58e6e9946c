import type { ExceptionRow, ScanException } from '../../../api/imagescan.ts';
import { adviceFor, describeAdvice } from '../../findings/advice.ts';
import type { Coverage, CoverageGap } from '../../findings/coverage/coverage.ts';
import { countedOf, exceptionRows, type Judged } from '../../findings/exceptions.ts';
import type { KnownFinding } from '../../findings/finding.ts';
import { isFixable, oldestFixable } from '../../findings/fixable.ts';
import type { Match } from '../../findings/match.ts';
import { countBySeverity, type SeverityCounts } from '../../findings/severity.ts';
import { judgmentOf, type ReportedImage, type ReportSource, type ScanName, type ScanReport } from '../model.ts';

/** Grows by fields; a field that changes its meaning or goes makes another version. */
export const SCHEMA_VERSION = 'security.palisade.dev/report/v1';

/** The output of `palisade report -o json`. Times are RFC 3339; absent: not known. */
export interface JsonReport {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  readonly scan: ScanName;
  readonly generatedAt: string;
  readonly failOn: ScanReport['failOn'];
  readonly failOnKnownExploited: boolean;
  /** Why it is not known which findings are exploited, with the cure; absent: it is known, or need not be. */
  readonly kevProblem?: string;
  readonly ignoreUnfixed: boolean;
  readonly acceptUnknown: ScanReport['acceptUnknown'];
  /** null: not known: no finding blocks, but kevProblem, or an image has no result, was not looked at in full, or its result is outdated: of an old database, or of a scan before one that failed. */
  readonly compliant: boolean | null;
  /** Over all images; a finding in two of them is counted twice. */
  readonly summary: JsonSummary & JsonImageCounts;
  readonly images: readonly JsonImage[];
  /** spec.exceptions, in their order, with the number of findings that each matches. */
  readonly exceptions: readonly ExceptionRow[];
}

interface JsonImageCounts {
  readonly images: number;
  readonly scanned: number;
  readonly failed: number;
  /** Images with packages that were not looked at and are not accepted. */
  readonly uncovered: number;
}

/** Packages that were not looked at. */
interface JsonGap extends CoverageGap {
  readonly accepted: boolean;
}

interface JsonSummary {
  /** Findings that count. */
  readonly counts: SeverityCounts;
  readonly fixable: number;
  /** Findings that exceptions suppress. */
  readonly suppressed: number;
  /** Findings because of which it is not compliant. */
  readonly blocking: number;
}

export interface JsonImage {
  readonly image: string;
  readonly digest?: string;
  readonly platform: string;
  readonly pods: number;
  /** Where it is named, if no pod runs it: in target.images, or in the pod template of a workload. */
  readonly source?: ReportSource['source'];
  /** Failed: figures, if any, are of scannedAt. */
  readonly state: 'Pending' | 'Scanned' | 'Failed';
  readonly reason?: string;
  readonly message?: string;
  readonly scannedAt?: string;
  /** Why the result is outdated, for people; absent: its database is recent. */
  readonly outdated?: string;
  readonly scanner?: Match['scanner'];
  readonly database?: Match['database'];
  readonly os?: Match['os'];
  readonly summary?: JsonSummary;
  /** Absent with a result: the release that made it did not record it. */
  readonly coverage?: { readonly sources: Coverage['sources']; readonly gaps: readonly JsonGap[] };
  readonly oldestFixableAt?: string;
  /** The shortest list of changes that makes the image compliant. */
  readonly advice?: readonly string[];
  /** All, the most severe first. */
  readonly findings?: readonly JsonFinding[];
}

interface JsonFinding extends KnownFinding {
  /** false: an exception suppresses it. */
  readonly counted: boolean;
  readonly blocking: boolean;
  readonly exception?: ScanException & { readonly expired?: true };
}

const summaryOf = (images: readonly ReportedImage[]): JsonSummary => {
  const judged = images.flatMap((image) => image.judged);
  const counted = countedOf(judged);
  return {
    counts: countBySeverity(counted),
    fixable: counted.filter(isFixable).length,
    suppressed: judged.length - counted.length,
    blocking: images.reduce((sum, image) => sum + image.blocking.length, 0),
  };
};

const toFinding =
  (blocking: ReadonlySet<KnownFinding>) =>
  ({ finding, counted, exception, expired }: Judged): JsonFinding => ({
    ...finding,
    counted,
    blocking: blocking.has(finding),
    ...(exception && { exception: { ...exception, ...(expired && { expired }) } }),
  });

/** Pending: neither a result nor a failure. */
export const stateOf = ({ failure, report }: Pick<ReportedImage, 'failure' | 'report'>): JsonImage['state'] => {
  if (failure !== undefined) return 'Failed';
  return report === undefined ? 'Pending' : 'Scanned';
};

const toResult = (image: ReportedImage, accepted: ScanReport): Partial<JsonImage> => {
  if (image.report === undefined) return {};
  const { scannedAt, scanner, database, os, coverage } = image.report;
  const counted = countedOf(image.judged);
  const oldest = oldestFixable(counted);
  return {
    scannedAt,
    ...(image.outdated !== undefined && { outdated: image.outdated }),
    scanner,
    database,
    ...(os && { os }),
    summary: summaryOf([image]),
    ...(coverage && {
      coverage: {
        ...coverage,
        gaps: coverage.gaps.map((gap) => ({ ...gap, accepted: accepted.acceptUnknown.includes(gap.kind) })),
      },
    }),
    ...(oldest !== undefined && { oldestFixableAt: oldest }),
    advice: describeAdvice(adviceFor(counted, accepted), os),
    findings: image.judged.map(toFinding(new Set(image.blocking))),
  };
};

const toImage = (image: ReportedImage, accepted: ScanReport): JsonImage => ({
  image: image.reference,
  ...(image.digest !== undefined && { digest: image.digest }),
  platform: image.platform,
  pods: image.pods,
  ...(image.source !== undefined && { source: image.source }),
  state: stateOf(image),
  ...image.failure,
  ...toResult(image, accepted),
});

/** spec.exceptions with the number of findings that each matches. */
export const exceptionRowsOf = ({ exceptions, images, generatedAt }: ScanReport): ExceptionRow[] =>
  exceptionRows(
    exceptions,
    images.map(({ reference, digest = '', report }) => ({
      image: { reference, digest },
      findings: report?.findings ?? [],
    })),
    Date.parse(generatedAt),
  );

export const toJsonReport = (report: ScanReport): JsonReport => {
  const { scan, generatedAt, failOn, failOnKnownExploited, kevProblem, ignoreUnfixed, acceptUnknown, images } = report;
  return {
    schemaVersion: SCHEMA_VERSION,
    scan,
    generatedAt,
    failOn,
    failOnKnownExploited,
    ...(kevProblem !== undefined && { kevProblem }),
    ignoreUnfixed,
    acceptUnknown,
    compliant: judgmentOf(report) ?? null,
    summary: {
      images: images.length,
      scanned: images.filter((image) => image.report !== undefined).length,
      failed: images.filter((image) => image.failure !== undefined).length,
      uncovered: images.filter(({ uncovered }) => uncovered.length > 0).length,
      ...summaryOf(images),
    },
    images: images.map((image) => toImage(image, report)),
    exceptions: exceptionRowsOf(report),
  };
};

/** The output of `palisade report --all-namespaces -o json`. */
interface JsonReports {
  readonly schemaVersion: 'security.palisade.dev/reports/v1';
  readonly reports: readonly JsonReport[];
}

export const toJsonReports = (reports: readonly ScanReport[]): JsonReports => ({
  schemaVersion: 'security.palisade.dev/reports/v1',
  reports: reports.map(toJsonReport),
});
