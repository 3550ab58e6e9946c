import { readdir } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { ImageId } from '../image.ts';
import { type EntryKey, fileName, isFileName } from './entry.ts';
import { readAbout, readContent } from './entry-file.ts';
import { DamagedFile, OlderFormat } from './frame.ts';
import type { ImageReport } from './report.ts';
import type { RecordedScan, ScanRecord } from './scan-record.ts';
import { storeError } from './store-error.ts';

/** Where in --report-dir they are. */
export const REPORTS_DIRECTORY = 'reports';

/** Reads reports. Each method returns undefined for an entry that is missing, damaged or of an older format. */
export interface ReportSource {
  readAnalysis(image: ImageId): Promise<Buffer | undefined>;
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
    readAnalysis: (image) => read({ kind: 'analysis', image }),
    readReportContent: (image) => read({ kind: 'report', image }),
    readReport: (image) => readJson<ImageReport>({ kind: 'report', image }),
    readScan: (namespace, name) => readJson<ScanRecord>({ kind: 'scan', namespace, name }),
  };
};

/** @returns undefined for a file that is missing, damaged or of an older format, and logs the last two @throws StoreError */
const unlessDamaged = async <T>(name: string, log: Pick<Logger, 'warn'>, read: () => Promise<T>) => {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof DamagedFile)) throw error;
    const what = error instanceof OlderFormat ? 'a file of an older format' : 'a damaged file';
    log.warn({ file: name, reason: error.message }, `${what} of the report directory was ignored`);
    return undefined;
  }
};

/**
 * Reads a report directory and never changes it, also while an operator writes there. Its methods throw StoreError when a
 * file is there but cannot be read.
 */
export const reportReader = (directory: string, log: Pick<Logger, 'warn'>): ReportSource =>
  reportSource(async (key) => {
    const name = fileName(key);
    return (await unlessDamaged(name, log, () => readContent(directory, name)))?.content;
  });

/** The ImageScans that have a record in a report directory. @throws StoreError */
export const listRecordedScans = async (directory: string, log: Pick<Logger, 'warn'>): Promise<RecordedScan[]> => {
  const names = await readdir(directory).catch((cause) => {
    throw storeError(directory, 'read', cause);
  });
  const scans: RecordedScan[] = [];
  for (const name of names.filter(isFileName)) {
    if (!name.startsWith('scan-')) continue;
    const file = await unlessDamaged(name, log, () => readAbout(directory, name));
    if (file?.about.kind === 'scan') scans.push(file.about);
  }
  return scans;
};
