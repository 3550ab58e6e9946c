import type { ScanReport } from '../model.ts';
import { toCycloneDx } from './cyclonedx.ts';
import type { ReportFormat } from './formats.ts';
import { toJsonReport } from './json.ts';
import { toJsonText } from './json-text.ts';
import { toOpenVex } from './openvex.ts';
import { toSarif } from './sarif.ts';
import { type TableOptions, toTable } from './table.ts';

const DOCUMENTS = { json: toJsonReport, sarif: toSarif, cyclonedx: toCycloneDx, openvex: toOpenVex } as const;

/** People read our own; the others are for programs, and large: half of them would be spaces. */
const INDENT = { json: 2, sarif: 0, cyclonedx: 0, openvex: 0 } as const;

/** A report as text, which no string of an image makes steer a terminal. Ends in a newline. */
export const renderReport = (report: ScanReport, format: ReportFormat, options: TableOptions): string =>
  format === 'table' ? toTable(report, options) : toJsonText(DOCUMENTS[format](report), INDENT[format]);
