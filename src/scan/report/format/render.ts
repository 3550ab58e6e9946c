import type { ScanReport } from '../model.ts';
import { toCycloneDx } from './cyclonedx.ts';
import type { ReportFormat } from './formats.ts';
import { toHtml } from './html.ts';
import { toJsonReport, toJsonReports } from './json.ts';
import { toJsonText } from './json-text.ts';
import { toOpenVex } from './openvex.ts';
import { toSarif } from './sarif.ts';
import { type TableOptions, toTable } from './table.ts';

/** Programs read these, and they are large: half of them would be spaces. */
const DOCUMENTS = { sarif: toSarif, cyclonedx: toCycloneDx, openvex: toOpenVex } as const;

/** A report as text, which no string of an image makes steer a terminal. Ends in a newline. */
export const renderReport = (report: ScanReport, format: ReportFormat, options: TableOptions): string =>
  format === 'json' ? toJsonText(toJsonReport(report), 2) : renderReports([report], format, options);

/** Reports of several ImageScans as one document; tables follow each other. As renderReport. */
export const renderReports = (reports: readonly ScanReport[], format: ReportFormat, options: TableOptions): string => {
  if (format === 'table') return reports.map((report) => toTable(report, options)).join('\n');
  if (format === 'html') return toHtml(reports);
  if (format === 'json') return toJsonText(toJsonReports(reports), 2);
  return toJsonText(DOCUMENTS[format](reports), 0);
};
