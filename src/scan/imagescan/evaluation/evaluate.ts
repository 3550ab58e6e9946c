import type { ScanSpec } from '../../../api/imagescan.ts';
import { printable } from '../../../text/printable.ts';
import { adviceFor, describeAdvice } from '../../findings/advice.ts';
import { blockingFindings } from '../../findings/compliance.ts';
import { type Enrichment, enriched } from '../../findings/enrichment.ts';
import { countedOf, exceptionRows, judge } from '../../findings/exceptions.ts';
import type { KnownFinding } from '../../findings/finding.ts';
import { isFixable, oldestFixable } from '../../findings/fixable.ts';
import { countBySeverity } from '../../findings/severity.ts';
import type { ImageReport } from '../../store/report.ts';
import { criticalKey } from '../events/emitted-events.ts';
import { numbersOf } from './distinct.ts';
import type { EvaluatedFinding, Evaluation } from './evaluation.ts';
import { MAX_FINDINGS, rowKey, worstOf } from './worst-findings.ts';

const MAX_TITLE = 256;
/** The bound of status.images[].advice in the schema. */
const MAX_ADVICE = 10;
/** Critical findings of one image that are remembered for Events. */
export const MAX_CRITICALS_OF_IMAGE = 500;

/** The parts of the spec that an evaluation depends on. */
export type Judgment = Pick<ScanSpec, 'failOn' | 'failOnKnownExploited' | 'ignoreUnfixed' | 'exceptions'>;

/** Most texts are, and there are tens of thousands. */
const PLAIN = /^[\x21-\x7e]{1,512}$/;

/** All texts come from the image or the database and are shown on terminals. */
const safe = (text: string): string => (PLAIN.test(text) ? text : printable(text));

interface Row {
  /** Its other texts are made safe when it is known to be among the worst. */
  readonly finding: EvaluatedFinding;
  readonly title: string | undefined;
}

const toRow = ({
  id,
  package: name,
  installed,
  severity,
  firstSeenAt,
  fixed,
  title,
  knownExploited,
  epss,
}: KnownFinding): Row => ({
  finding: {
    ...(knownExploited && { knownExploited }),
    ...(epss !== undefined && { epss }),
    id: safe(id),
    package: safe(name),
    installed: safe(installed),
    severity,
    firstSeenAt,
    fixed: fixed.join(', '),
  },
  title,
});

/** Findings as rows of the status: one that is at several places of the image is known since it was first seen. */
const toRows = (findings: readonly KnownFinding[]): ReadonlyMap<string, Row> => {
  const rows = new Map<string, Row>();
  for (const row of findings.map(toRow)) {
    const { firstSeenAt } = row.finding;
    const key = rowKey(row.finding);
    const known = rows.get(key);
    if (known === undefined) rows.set(key, row);
    else if (firstSeenAt < known.finding.firstSeenAt) {
      rows.set(key, { ...known, finding: { ...known.finding, firstSeenAt } });
    }
  }
  return rows;
};

const toEvaluated = ({ finding, title }: Row): EvaluatedFinding => ({
  ...finding,
  fixed: printable(finding.fixed),
  ...(title !== undefined && { title: printable(title, MAX_TITLE) }),
});

/** New ones first: an Event is about them, and the list may be cut. */
const criticalsOf = (findings: readonly KnownFinding[]): string[] => [
  ...new Set(
    findings
      .filter(({ severity }) => severity === 'Critical')
      .sort((a, b) => Number(b.isNew === true) - Number(a.isNew === true))
      .map(({ id, package: name }) => criticalKey({ id: safe(id), package: safe(name) })),
  ),
];

const isCut = (...lists: readonly (readonly string[])[]): boolean =>
  lists.some(({ length }) => length > MAX_CRITICALS_OF_IMAGE);

/**
 * Evaluates an image's report for an ImageScan.
 * @param reference the image as users write it
 * @param now milliseconds since 1970
 */
export const evaluate = (
  report: ImageReport,
  reference: string,
  spec: Judgment,
  now: number,
  enrichment?: Enrichment,
): Evaluation => {
  const image = { reference, digest: report.image.digest };
  const { exceptions = [] } = spec;
  const judged = judge(enriched(report.findings, enrichment), exceptions, image, now);
  const counted = countedOf(judged);
  const since = oldestFixable(counted);
  const advice = describeAdvice(adviceFor(counted, spec), report.os);
  const rows = toRows(counted);
  const criticals = criticalsOf(counted);
  const suppressed = criticalsOf(judged.flatMap((one) => (one.counted ? [] : one.finding)));
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
    ...(report.coverage !== undefined && { coverage: report.coverage }),
    ...(since !== undefined && { oldestFixableAt: since }),
    advice: advice.slice(0, MAX_ADVICE),
    adviceOmitted: Math.max(0, advice.length - MAX_ADVICE),
    findings: worstOf(rows.values(), MAX_FINDINGS, spec).map(toEvaluated),
    distinct: rows.size,
    numbers: numbersOf(rows.keys()),
    criticals: criticals.slice(0, MAX_CRITICALS_OF_IMAGE),
    suppressedCriticals: suppressed.slice(0, MAX_CRITICALS_OF_IMAGE),
    ...(isCut(criticals, suppressed) && { criticalsCut: true }),
    exceptionHits: exceptionRows(exceptions, [{ image, findings: report.findings }], now).map(
      ({ findings }) => findings,
    ),
  };
};
