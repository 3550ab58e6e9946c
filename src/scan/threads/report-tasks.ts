import type { Enrichment } from '../findings/enrichment.ts';
import type { ReportFormat } from '../report/format/formats.ts';
import { renderReport } from '../report/format/render.ts';
import type { ScanName, ScanReport } from '../report/model.ts';
import { type OpenReport, toOpenReport } from '../report/openreports/openreports.ts';
import { MOST_REPORT_BYTES, readScanReport } from '../report/read.ts';
import { reportReader } from '../store/report-reader.ts';

export interface ReportInput {
  /** Of the report store, which is only read. */
  readonly directory: string;
  readonly scan: Required<ScanName>;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly enrichment?: Enrichment | undefined;
}

interface Made<T> {
  /** Absent: the ImageScan has no record, or an earlier one of this name has. */
  readonly made?: T;
  /** Files that were left out. */
  readonly damaged: number;
}

const make = async <T>(
  { directory, scan, now, enrichment }: ReportInput,
  render: (report: ScanReport) => T,
): Promise<Made<T>> => {
  let damaged = 0;
  const count = (): void => {
    damaged += 1;
  };
  const report = await readScanReport(
    reportReader(directory, { warn: count }),
    scan,
    now,
    MOST_REPORT_BYTES,
    enrichment,
  );
  return { ...(report?.scan.uid === scan.uid && report && { made: render(report) }), damaged };
};

export const renderReportTask = ({
  format,
  width,
  ...input
}: ReportInput & { readonly format: ReportFormat; readonly width: number }): Promise<Made<Uint8Array>> =>
  make(input, (report) => Buffer.from(renderReport(report, format, { width })));

export const openReportTask = (input: ReportInput): Promise<Made<OpenReport>> => make(input, toOpenReport);
