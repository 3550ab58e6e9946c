import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { systemClock } from '../../kube/clock.ts';
import type { ReportFormat } from '../../scan/report/format/formats.ts';
import { renderReport } from '../../scan/report/format/render.ts';
import { readScanReport } from '../../scan/report/read.ts';
import { REPORTS_DIRECTORY, reportReader } from '../../scan/store/report-reader.ts';
import { StoreError } from '../../scan/store/store-error.ts';
import { printableLines } from '../../text/printable.ts';
import { InputError } from '../errors.ts';
import { type Terminal, writeLine } from '../terminal.ts';
import type { ScanKey } from './scan-key.ts';

/** Writes one line for each file that is damaged or of an older format. */
const lineLog = ({ stderr }: Pick<Terminal, 'stderr'>): Logger =>
  pino(
    { level: 'warn', base: null },
    {
      write: (line: string) => {
        const { msg, file, reason } = JSON.parse(line) as { msg: string; file?: string; reason?: string };
        writeLine(stderr, `${file}: ${msg}: it ${reason}`);
      },
    },
  );

const isDirectory = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
};

/** The report of an ImageScan out of an operator's report directory, which stays as it is. @throws InputError */
export const reportFromDirectory = async (
  directory: string,
  scan: ScanKey,
  { format, width }: { format: ReportFormat; width: number },
  terminal: Pick<Terminal, 'stderr'>,
): Promise<string> => {
  const path = join(directory, REPORTS_DIRECTORY);
  if (!(await isDirectory(path))) {
    throw new InputError([`${directory}: no reports found: pass the --report-dir of an operator`]);
  }
  try {
    const report = await readScanReport(reportReader(path, lineLog(terminal)), scan, systemClock.now());
    if (report !== undefined) return printableLines(renderReport(report, format, { width }));
  } catch (error) {
    if (error instanceof StoreError) throw new InputError([error.message]);
    throw error;
  }
  throw new InputError([
    `${scan.namespace}/${scan.name}: no record in ${directory}: check the name (kubectl get imagescans -n ${scan.namespace}); the operator writes a record when it first reconciles an ImageScan that is not suspended, and deletes the record with the ImageScan`,
  ]);
};
