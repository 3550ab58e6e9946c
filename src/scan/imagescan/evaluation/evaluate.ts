import type { ScanSpec } from '../../../api/imagescan.ts';
import { printable } from '../../../text/printable.ts';
import { adviceFor, describeAdvice } from '../../findings/advice.ts';
import { blockingFindings } from '../../findings/compliance.ts';
import { countedOf, exceptionRows, judge } from '../../findings/exceptions.ts';
import type { KnownFinding } from '../../findings/finding.ts';
import { isFixable, oldestFixable } from '../../findings/fixable.ts';
import { compareFindings } from '../../findings/order.ts';
import { countBySeverity } from '../../findings/severity.ts';
import type { ImageReport } from '../../store/report.ts';
import type { EvaluatedFinding, Evaluation } from './evaluation.ts';

const MAX_TITLE = 256;
/** The bound of status.images[].advice in the schema. */
const MAX_ADVICE = 10;

/** The part of an evaluation that is of one ImageScan alone; ImageScans with the same image share its `sortedFindings`. */
export interface OwnEvaluation extends Omit<Evaluation, 'findings' | 'suppressedCriticals'> {
  /** Indices in `sortedFindings` of the findings that its exceptions suppress, ascending. */
  readonly suppressedAt: Uint32Array;
}

/** All texts come from the image or the database and are shown on terminals. */
const toEvaluated = ({
  id,
  package: name,
  installed,
  severity,
  firstSeenAt,
  fixed,
  title,
}: KnownFinding): EvaluatedFinding => ({
  id: printable(id),
  package: printable(name),
  installed: printable(installed),
  severity,
  firstSeenAt,
  fixed: printable(fixed.join(', ')),
  ...(title !== undefined && { title: printable(title, MAX_TITLE) }),
});

/** The findings of a report, the most severe first. */
export const sortedFindings = (report: ImageReport): EvaluatedFinding[] =>
  report.findings.toSorted(compareFindings).map(toEvaluated);

/**
 * Evaluates an image's report for an ImageScan.
 * @param reference the image as users write it
 * @param now milliseconds since 1970
 */
export const evaluate = (report: ImageReport, reference: string, spec: ScanSpec, now: number): OwnEvaluation => {
  const image = { reference, digest: report.image.digest };
  const { exceptions = [] } = spec;
  // In the order of sortedFindings.
  const judged = judge(report.findings, exceptions, image, now);
  const counted = countedOf(judged);
  const since = oldestFixable(counted);
  const advice = describeAdvice(adviceFor(counted, spec), report.os);
  return {
    scannedAt: report.scannedAt,
    database: report.database,
    counts: countBySeverity(counted),
    fixable: counted.filter(isFixable).length,
    suppressed: judged.length - counted.length,
    new: counted.filter(({ isNew }) => isNew).length,
    blocking: blockingFindings(counted, spec).length,
    ...(report.os !== undefined && { os: printable(`${report.os.family} ${report.os.version}`) }),
    endOfLife: report.os?.endOfLife === true,
    ...(since !== undefined && { oldestFixableAt: since }),
    advice: advice.slice(0, MAX_ADVICE),
    adviceOmitted: Math.max(0, advice.length - MAX_ADVICE),
    suppressedAt: Uint32Array.from([...judged.keys()].filter((place) => !judged[place]!.counted)),
    exceptionHits: exceptionRows(exceptions, [{ image, findings: report.findings }], now).map(
      ({ findings }) => findings,
    ),
  };
};

/** @param findings as sortedFindings gives them: without exceptions they are not copied */
export const toEvaluation = (
  findings: readonly EvaluatedFinding[],
  { suppressedAt, ...own }: OwnEvaluation,
): Evaluation => {
  if (suppressedAt.length === 0) return { ...own, findings, suppressedCriticals: [] };
  const suppressed = new Set(suppressedAt);
  return {
    ...own,
    findings: findings.filter((_, place) => !suppressed.has(place)),
    suppressedCriticals: [...suppressedAt].flatMap((place) =>
      findings[place]!.severity === 'Critical' ? findings[place]! : [],
    ),
  };
};
