import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { systemClock } from '../../kube/clock.ts';
import { readScanReport } from '../../scan/report/read.ts';
import { listRecordedScans, REPORTS_DIRECTORY, reportReader } from '../../scan/store/report-reader.ts';
import { StoreError } from '../../scan/store/store-error.ts';
import { InputError } from '../errors.ts';
import { readEnrichmentOf } from '../images/enrichment.ts';
import { untilInterrupted } from '../images/interrupt.ts';
import { type Terminal, writeLine } from '../terminal.ts';
import { NoReport, type ReportSource } from './source.ts';

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

const orInputError = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StoreError) throw new InputError([error.message]);
    throw error;
  }
};

/** The reports in an operator's report directory, which stays as it is. @param enrichment the flag @throws InputError, UsageError */
export const reportsOfDirectory = async (
  directory: string,
  enrichment: string | undefined,
  terminal: Pick<Terminal, 'env' | 'stderr'>,
): Promise<ReportSource> => {
  const path = join(directory, REPORTS_DIRECTORY);
  if (!(await isDirectory(path))) {
    throw new InputError([`${directory}: no reports found: pass the --report-dir of an operator`]);
  }
  const known = await untilInterrupted((signal) => readEnrichmentOf(enrichment, terminal, signal));
  const log = lineLog(terminal);
  const reader = reportReader(path, log);
  return {
    list: () => orInputError(listRecordedScans(path, log)),
    read: async (scan) => {
      const report = await orInputError(
        readScanReport(reader, scan, systemClock.now(), Number.POSITIVE_INFINITY, known),
      );
      if (report !== undefined) return report;
      throw new NoReport([
        `${scan.namespace}/${scan.name}: no record in ${directory}: check the name (kubectl get imagescans -n ${scan.namespace}); the operator writes a record when it first reconciles an ImageScan that is not suspended, and deletes the record with the ImageScan`,
      ]);
    },
  };
};
