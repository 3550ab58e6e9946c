import { rfc3339Up } from '../../text/rfc3339.ts';
import { DATABASE_OLD_MS } from '../database-version.ts';
import { type Enrichment, enriched } from '../findings/enrichment.ts';
import { isExpired } from '../findings/exceptions.ts';
import { kevProblem } from '../findings/known-exploited.ts';
import type { ImageReport } from '../store/report.ts';
import type { ReportSource as StoredReports } from '../store/report-reader.ts';
import type { ScanRecord } from '../store/scan-record.ts';
import { type ReportSource, type ScanName, type ScanReport, toScanReport } from './model.ts';

/** The last change of the content, RFC 3339: a report of the same content has the same bytes whenever it is made. */
const changedAt = (
  { updatedAt, exceptions = [] }: ScanRecord,
  images: readonly ReportSource[],
  now: number,
): string => {
  // Strictly older than this.
  const becameOld = ({ database }: ImageReport): number => Date.parse(database.updatedAt) + DATABASE_OLD_MS + 1;
  const past = images
    .flatMap(({ report }) => report ?? [])
    .map(becameOld)
    .filter((moment) => moment <= now);
  const moments = [
    updatedAt,
    ...images.flatMap(({ report }) => report?.scannedAt ?? []),
    ...exceptions.flatMap((exception) => (isExpired(exception, now) ? (exception.expiresAt ?? []) : [])),
  ];
  const last = Math.max(...past, ...moments.map((moment) => Date.parse(moment)).filter(Number.isFinite));
  return rfc3339Up(last);
};

/** Findings of a report that the operator makes: about 130 000, which take 350 MiB until they are sent. */
export const MOST_REPORT_BYTES = 64 * 2 ** 20;

/** The report exceeds the limit. The message names the cures, on one line. */
export class ReportTooLarge extends Error {
  override readonly name = 'ReportTooLarge';
}

export const reportTooLarge = (
  { namespace, name }: Pick<ScanName, 'namespace' | 'name'>,
  mostBytes: number,
): ReportTooLarge =>
  new ReportTooLarge(
    `the report of ${namespace}/${name} has more than ${Math.round(mostBytes / 2 ** 20)} MiB of findings, the limit for one report: split the pods among several ImageScans by spec.target.selector, or read the report directory with palisade report --report-dir`,
  );

/** Size of a finding without its texts, roughly. */
const FINDING_BYTES = 200;

const bytesOf = (value: unknown): number =>
  typeof value === 'string' ? value.length : Array.isArray(value) ? value.join().length : 0;

/** About what the findings take as JSON. */
const weigh = ({ findings }: ImageReport): number =>
  findings.reduce((sum, one) => Object.values(one).reduce((of, value) => of + bytesOf(value), sum + FINDING_BYTES), 0);

export const enrich = (report: ImageReport, enrichment: Enrichment | undefined): ImageReport => ({
  ...report,
  findings: enriched(report.findings, enrichment),
});

/**
 * The report of an ImageScan as the report store has it; undefined: it has no record.
 * @param now milliseconds since 1970
 * @param mostBytes of findings of all images together, as JSON; several times that is in memory
 * @throws StoreError, ReportTooLarge
 */
export const readScanReport = async (
  store: Pick<StoredReports, 'readScan' | 'readReport'>,
  { namespace, name }: Pick<ScanName, 'namespace' | 'name'>,
  now: number,
  mostBytes = Number.POSITIVE_INFINITY,
  enrichment?: Enrichment,
): Promise<ScanReport | undefined> => {
  const record = await store.readScan(namespace, name);
  if (record === undefined) return undefined;
  const images: ReportSource[] = [...(record.others ?? [])];
  let bytes = 0;
  // One after the other: an ImageScan may have hundreds of images.
  for (const { id, ...rest } of record.images) {
    const report = await store.readReport(id);
    bytes += report === undefined ? 0 : weigh(report);
    if (bytes > mostBytes) throw reportTooLarge({ namespace, name }, mostBytes);
    images.push({ ...rest, ...id, ...(report !== undefined && { report: enrich(report, enrichment) }) });
  }
  return toScanReport({
    scan: { namespace, name, uid: record.uid },
    spec: record,
    images,
    generatedAt: changedAt(record, images, now),
    kevProblem: kevProblem(enrichment?.kev, now),
  });
};
