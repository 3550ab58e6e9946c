import type { Logger } from 'pino';
import { GROUP, IMAGE_SCAN, VERSION } from '../../../api/group.ts';
import type { ImageScan } from '../../../api/imagescan.ts';
import { FIELD_MANAGERS } from '../../../api/keys.ts';
import type { Clock } from '../../../kube/clock.ts';
import { KeyedMutex } from '../../../kube/keyed-mutex.ts';
import { objectKey } from '../../../kube/object.ts';
import type { KubeClient } from '../../../kube/rest/client.ts';
import { ApiError, classify } from '../../../kube/rest/errors.ts';
import { ifExists } from '../../../kube/rest/if-exists.ts';
import type { Result } from '../../../kube/workqueue/work-queue.ts';
import { isOldDatabase } from '../../database-version.ts';
import { isExpired } from '../../findings/exceptions.ts';
import type { ReportStore } from '../../store/report-store.ts';
import type { ScanRecord } from '../../store/scan-record.ts';
import { contentHash } from '../format/content-hash.ts';
import { ReportTooLarge } from '../read.ts';
import type { ReportMaker } from '../report-maker.ts';
import { OPEN_REPORTS, type OpenReport } from './openreports.ts';

interface OpenReportsOptions {
  readonly client: Pick<KubeClient, 'apply' | 'get'>;
  readonly store: Pick<ReportStore, 'readScan' | 'summary'>;
  readonly reports: Pick<ReportMaker, 'openReport'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

/** Interval of retries while an obstacle exists. */
const RETRY_MS = 300_000;

/** The controller, so that it goes with the ImageScan; deletion of that waits for nothing. */
const ownerOf = ({ metadata: { name, uid } }: ImageScan) => ({
  apiVersion: `${GROUP}/${VERSION}`,
  kind: 'ImageScan',
  name,
  uid,
  controller: true,
  blockOwnerDeletion: false,
});

/** Why no Report can be written anywhere, with the cure; undefined: it is another failure. */
const obstacleOf = (error: unknown): string | undefined => {
  const failure = classify(error);
  if (failure === 'Forbidden') return 'the operator may not write them: kubectl apply -k config/openreports';
  if (failure !== 'NotFound' || isNamespaceGone(error)) return undefined;
  return 'the CRD reports.openreports.io is not installed: install OpenReports, or leave --openreports out';
};

const isNamespaceGone = (error: unknown): boolean =>
  classify(error) === 'NamespaceTerminating' ||
  (error instanceof ApiError && error.code === 404 && error.status.details?.kind === 'namespaces');

/** Keeps a Report of openreports.io for each ImageScan, and writes it when its content has changed. */
export class OpenReportsPublisher {
  readonly #options: OpenReportsOptions;
  /** Of the content that was written last, by ImageScan. */
  readonly #written = new Map<string, string>();
  readonly #turns = new KeyedMutex();
  /** Why no Report can be written, and when that is checked again, milliseconds since 1970. */
  #obstacle: { readonly why: string; readonly until: number } | undefined;

  constructor(options: OpenReportsOptions) {
    this.#options = options;
  }

  /** @returns when to retry, if it failed @throws ApiError, NetworkError, StoreError */
  async publish(scan: ImageScan): Promise<Result> {
    const { store, clock } = this.#options;
    const key = objectKey(scan);
    const now = clock.now();
    if (scan.metadata.deletionTimestamp !== undefined) return;
    if (this.#obstacle !== undefined && now < this.#obstacle.until) return this.#later(now);
    const record = await store.readScan(scan.metadata.namespace, scan.metadata.name);
    if (record?.uid !== scan.metadata.uid) return;
    const content = this.#fingerprint(record, now);
    if (this.#written.get(key) === content) return;
    // One at a time: each may take much memory.
    if (!(await this.#turns.run('report', () => this.#write(scan, now)))) return this.#later(now);
    this.#written.set(key, content);
  }

  forget(key: string): void {
    this.#written.delete(key);
  }

  /** A hash of everything that a Report depends on, without reading reports. */
  #fingerprint({ updatedAt: _, events: __, ...record }: ScanRecord, now: number): string {
    const results = record.images.map(({ id }) => this.#options.store.summary(id) ?? null);
    const ended = record.exceptions?.map((exception) => isExpired(exception, now));
    const old = results.map((one) => one !== null && isOldDatabase(one.databaseUpdatedAt, now));
    return contentHash([record, results, ended, old]);
  }

  /** @returns false: there is an obstacle */
  async #write(scan: ImageScan, now: number): Promise<boolean> {
    const { client, log } = this.#options;
    const report = await this.#read(scan, now);
    if (report === undefined || !(await this.#isThere(scan))) return true;
    const { metadata, ...rest } = report;
    try {
      const body = { ...rest, metadata: { ...metadata, ownerReferences: [ownerOf(scan)] } };
      await client.apply(OPEN_REPORTS, body, { fieldManager: FIELD_MANAGERS.openReports, force: true });
    } catch (error) {
      if (isNamespaceGone(error)) return true;
      const why = obstacleOf(error);
      if (why === undefined) throw error;
      if (this.#obstacle?.why !== why) log.warn(`OpenReports are not written: ${why}`);
      this.#obstacle = { why, until: now + RETRY_MS };
      return false;
    }
    if (this.#obstacle !== undefined) log.info('OpenReports are written');
    this.#obstacle = undefined;
    return true;
  }

  /** @returns undefined: the ImageScan has no record, or its report is too large */
  async #read({ metadata }: ImageScan, now: number): Promise<OpenReport | undefined> {
    const { reports, log } = this.#options;
    try {
      return await reports.openReport(metadata, now);
    } catch (error) {
      if (!(error instanceof ReportTooLarge)) throw error;
      log.warn(`the Report of openreports.io was not updated: ${error.message}`);
      return undefined;
    }
  }

  /** An apply that may create has no precondition, and the namespace may have been recreated. */
  async #isThere({ metadata }: ImageScan): Promise<boolean> {
    const { name, namespace, uid } = metadata;
    return (await ifExists(this.#options.client.get(IMAGE_SCAN, name, namespace)))?.metadata.uid === uid;
  }

  #later(now: number): Result {
    return { requeueAfterMs: Math.max(1, (this.#obstacle?.until ?? now + RETRY_MS) - now) };
  }
}
