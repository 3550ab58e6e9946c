import type { Logger } from 'pino';
import type { ImageId } from '../image.ts';
import { type EntryKey, fileName } from './entry.ts';
import { readContent } from './entry-file.ts';
import { DamagedFile, OlderFormat } from './frame.ts';
import type { ImageReport } from './report.ts';
import type { ScanRecord } from './scan-record.ts';

/** Where in --report-dir they are. */
export const REPORTS_DIRECTORY = 'reports';

/** Reads reports. Each method returns undefined for an entry that is missing, damaged or of an older format. */
export interface ReportSource {
  readSbom(image: ImageId): Promise<Buffer | undefined>;
  /** The JSON of a report. */
  readReportContent(image: ImageId): Promise<Buffer | undefined>;
  readReport(image: ImageId): Promise<ImageReport | undefined>;
  readScan(namespace: string, name: string): Promise<ScanRecord | undefined>;
}

/** A ReportSource from a function that reads the content of single entries. */
export const reportSource = (read: (key: EntryKey) => Promise<Buffer | undefined>): ReportSource => {
  const readJson = async <T>(key: EntryKey): Promise<T | undefined> => {
    const content = await read(key);
    return content === undefined ? undefined : JSON.parse(content.toString());
  };
  return {
    readSbom: (image) => read({ kind: 'sbom', image }),
    readReportContent: (image) => read({ kind: 'report', image }),
    readReport: (image) => readJson<ImageReport>({ kind: 'report', image }),
    readScan: (namespace, name) => readJson<ScanRecord>({ kind: 'scan', namespace, name }),
  };
};

/**
 * Reads a report directory and never changes it, also while an operator writes there. Its methods throw StoreError when a
 * file is there but cannot be read.
 */
export const reportReader = (directory: string, log: Pick<Logger, 'warn'>): ReportSource =>
  reportSource(async (key) => {
    const name = fileName(key);
    try {
      return (await readContent(directory, name))?.content;
    } catch (error) {
      if (!(error instanceof DamagedFile)) throw error;
      const what = error instanceof OlderFormat ? 'a file of an older format' : 'a damaged file';
      log.warn({ file: name, reason: error.message }, `${what} of the report directory was ignored`);
      return undefined;
    }
  });
