import type { Enrichment } from '../findings/enrichment.ts';
import type { ReportStore } from '../store/report-store.ts';
import { asBuffer } from '../threads/bytes.ts';
import { type Compute, TaskTooLarge } from '../threads/compute.ts';
import type { ReportInput } from '../threads/report-tasks.ts';
import type { ReportFormat } from './format/formats.ts';
import type { OpenReport } from './openreports/openreports.ts';
import { MOST_REPORT_BYTES, reportTooLarge } from './read.ts';

interface ReportMakerOptions {
  /** Of the report store. */
  readonly directory: string;
  readonly store: Pick<ReportStore, 'readScan' | 'readReportContent'>;
  readonly compute: Compute;
  /** Absent: there is none. */
  readonly enrichment?: () => Enrichment | undefined;
}

/** An ImageScan that exists. */
type Scan = ReportInput['scan'];

/**
 * Makes reports of ImageScans off this thread: reading and rendering one takes seconds and hundreds of megabytes. Methods
 * return undefined when the ImageScan has no record, and throw StoreError and ReportTooLarge.
 */
export class ReportMaker {
  readonly #options: ReportMakerOptions;

  constructor(options: ReportMakerOptions) {
    this.#options = options;
  }

  /** @param now milliseconds since 1970 @param width columns of a table */
  async render(scan: Scan, now: number, format: ReportFormat, width: number): Promise<Buffer | undefined> {
    const { compute } = this.#options;
    const made = await this.#made(scan, () => compute('renderReport', { ...this.#input(scan, now), format, width }));
    return made && asBuffer(made);
  }

  /** @param now milliseconds since 1970 */
  async openReport(scan: Scan, now: number): Promise<OpenReport | undefined> {
    const { compute } = this.#options;
    return await this.#made(scan, () => compute('openReport', this.#input(scan, now)));
  }

  #input(scan: Scan, now: number): ReportInput {
    const { namespace, name, uid } = scan;
    const { directory, enrichment } = this.#options;
    return { directory, scan: { namespace, name, uid }, now, enrichment: enrichment?.() };
  }

  async #made<T>(scan: Scan, make: () => Promise<{ readonly made?: T; readonly damaged: number }>) {
    try {
      const { made, damaged } = await make();
      if (damaged > 0) await this.#discardDamaged(scan);
      return made;
    } catch (error) {
      if (error instanceof TaskTooLarge) throw reportTooLarge(scan, MOST_REPORT_BYTES);
      throw error;
    }
  }

  /** The thread changes nothing in the report store; the store removes what it finds damaged when it reads it. */
  async #discardDamaged({ namespace, name }: Scan): Promise<void> {
    const { store } = this.#options;
    const record = await store.readScan(namespace, name);
    for (const { id } of record?.images ?? []) await store.readReportContent(id);
  }
}
