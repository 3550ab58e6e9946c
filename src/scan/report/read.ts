import { isExpired } from '../findings/exceptions.ts';
import type { ReportSource as StoredReports } from '../store/report-reader.ts';
import type { ScanRecord } from '../store/scan-record.ts';
import { type ReportSource, type ScanName, type ScanReport, toScanReport } from './model.ts';

/** When what is known became as it is, RFC 3339: a report of the same things has the same bytes whenever it is made. */
const changedAt = (
  { updatedAt, exceptions = [] }: ScanRecord,
  images: readonly ReportSource[],
  now: number,
): string => {
  const moments = [
    updatedAt,
    ...images.flatMap(({ report }) => report?.scannedAt ?? []),
    ...exceptions.flatMap((exception) => (isExpired(exception, now) ? (exception.expiresAt ?? []) : [])),
  ];
  const last = Math.max(...moments.map((moment) => Date.parse(moment)).filter(Number.isFinite));
  // Rounded up: what ended within that second has ended.
  return `${new Date(Math.ceil(last / 1000) * 1000).toISOString().slice(0, 19)}Z`;
};

/**
 * The report of an ImageScan as the report store has it; undefined: nothing is known of it.
 * @param now milliseconds since 1970
 * @throws StoreError
 */
export const readScanReport = async (
  store: Pick<StoredReports, 'readScan' | 'readReport'>,
  { namespace, name }: Pick<ScanName, 'namespace' | 'name'>,
  now: number,
): Promise<ScanReport | undefined> => {
  const record = await store.readScan(namespace, name);
  if (record === undefined) return undefined;
  const images: ReportSource[] = [...(record.others ?? [])];
  // One after the other: an ImageScan may have hundreds of images.
  for (const { id, ...rest } of record.images) {
    const report = await store.readReport(id);
    images.push({ ...rest, ...id, ...(report !== undefined && { report }) });
  }
  return toScanReport({
    scan: { namespace, name, uid: record.uid },
    spec: record,
    images,
    generatedAt: changedAt(record, images, now),
  });
};
