import type { ReportFormat } from '../../scan/report/format/formats.ts';
import { renderReport, renderReports } from '../../scan/report/format/render.ts';
import { verdict } from '../../scan/report/format/table.ts';
import { judgmentOf, type ScanReport } from '../../scan/report/model.ts';
import { printableLines } from '../../text/printable.ts';
import { InputError } from '../errors.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { type Terminal, writeLine } from '../terminal.ts';
import type { ScanKey } from './scan-key.ts';
import { NoReport, type ReportSource } from './source.ts';

interface Shape {
  readonly format: ReportFormat;
  /** Columns of a table. */
  readonly width: number;
  /** Whether the exit status says that images are not compliant. */
  readonly judges: boolean;
}

/** Why the exit status is NOT_COMPLIANT, a line for each ImageScan. What is not known is not compliant. */
export const shortcomings = (reports: readonly ScanReport[]): string[] =>
  reports
    .filter((report) => judgmentOf(report) !== true)
    .map((report) => `ImageScan ${report.scan.namespace}/${report.scan.name}: ${verdict(report)}`);

const conclude = (reasons: readonly string[], { judges }: Shape, { stderr }: Terminal): number => {
  if (!judges || reasons.length === 0) return EXIT_STATUS.OK;
  for (const reason of reasons) writeLine(stderr, reason);
  return EXIT_STATUS.NOT_COMPLIANT;
};

/** Prints the report of one ImageScan. @returns the exit status @throws InputError */
export const printReport = async (
  source: ReportSource,
  scan: ScanKey,
  shape: Shape,
  terminal: Terminal,
): Promise<number> => {
  const report = await source.read(scan);
  terminal.stdout.write(printableLines(renderReport(report, shape.format, shape)));
  return conclude(shortcomings([report]), shape, terminal);
};

const byKey = (a: ScanKey, b: ScanKey): number => {
  const [one, other] = [`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`];
  return one < other ? -1 : Number(one > other);
};

/** One after the other: together they may have millions of findings. */
const readAll = async (source: ReportSource) => {
  const reports: ScanReport[] = [];
  const missing: string[] = [];
  for (const scan of (await source.list()).sort(byKey)) {
    try {
      reports.push(await source.read(scan));
    } catch (error) {
      if (!(error instanceof NoReport)) throw error;
      missing.push(`ImageScan ${scan.namespace}/${scan.name} has no report: ${error.message}`);
    }
  }
  return { reports, missing };
};

/** Prints the reports of all ImageScans as one document, and names those that have none. As printReport. */
export const printReports = async (source: ReportSource, shape: Shape, terminal: Terminal): Promise<number> => {
  const { reports, missing } = await readAll(source);
  for (const line of missing) writeLine(terminal.stderr, line);
  if (reports.length === 0) {
    throw new InputError(['no ImageScan has a report: create one (samples/), or ask for the right to read them']);
  }
  terminal.stdout.write(printableLines(renderReports(reports, shape.format, shape)));
  const status = conclude(shortcomings(reports), shape, terminal);
  return missing.length > 0 && shape.judges ? EXIT_STATUS.NOT_COMPLIANT : status;
};
