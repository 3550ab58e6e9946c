import { isDeepStrictEqual } from 'node:util';
import type { ImageScan } from '../../api/imagescan.ts';
import { rfc3339 } from '../../text/rfc3339.ts';
import { retries } from '../engine/queue/backoff-by-reason.ts';
import { type ImageId, imageKey } from '../image.ts';
import type { ScanFailure } from '../scan-error.ts';
import type { ReportStore } from '../store/report-store.ts';
import type { EmittedEvents, RecordedImage, ScanRecord, UnresolvedImage } from '../store/scan-record.ts';
import type { ObservedImage } from './observation.ts';

/** Without the time of the write. */
const content = ({ updatedAt: _, ...rest }: ScanRecord): unknown => rest;

type Images = Required<Pick<ScanRecord, 'images' | 'others'>>;

/** Results are in the reports. */
const toRecorded = (observed: readonly ObservedImage[]): Images => {
  const images: RecordedImage[] = [];
  const others: UnresolvedImage[] = [];
  for (const { reference, digest, platform, pods, failure } of observed) {
    const recorded = {
      reference,
      pods,
      ...(failure !== undefined && { failure: { reason: failure.reason, message: failure.message } }),
    };
    if (digest === undefined) others.push({ ...recorded, platform });
    else images.push({ ...recorded, id: { digest, platform } });
  }
  return { images, others };
};

/** One text for each image, also for one whose digest is not known yet. */
export const failureKey = (image: ImageId | { readonly reference: string; readonly platform: string }): string =>
  'digest' in image ? imageKey(image) : `${image.reference} ${image.platform}`;

/** The record of one ImageScan in the report store: read once, and written when it changes. */
export class StoredRecord {
  readonly #store: ReportStore;
  #record: ScanRecord | undefined;
  #isLoaded = false;
  /** The store has an older state, or none. */
  #isUnwritten = false;

  constructor(store: ReportStore) {
    this.#store = store;
  }

  /** @throws StoreError */
  async load({ metadata: { namespace, name, uid } }: ImageScan): Promise<void> {
    if (this.#isLoaded) return;
    const record = await this.#store.readScan(namespace, name);
    // A record with another UID is of an earlier ImageScan of this name.
    if (record?.uid === uid) this.#record = record;
    this.#isLoaded = true;
  }

  /** Images at the last write. */
  get images(): readonly RecordedImage[] {
    return this.#record?.images ?? [];
  }

  /** Events emitted up to the last write; undefined without a record. */
  get events(): EmittedEvents | undefined {
    return this.#record?.events;
  }

  /** The last known digests, by reference. */
  digests(): ReadonlyMap<string, string> {
    return new Map(this.images.map(({ reference, id }) => [reference, id.digest]));
  }

  /** Why images could not be scanned at the last write, by failureKey. */
  failures(): ReadonlyMap<string, ScanFailure> {
    const { images = [], others = [] } = this.#record ?? {};
    const found = [
      ...images.map(({ id, failure }) => ({ key: failureKey(id), failure })),
      ...others.map(({ reference, platform, failure }) => ({ key: failureKey({ reference, platform }), failure })),
    ];
    return new Map(
      found.flatMap(({ key, failure }) =>
        failure === undefined ? [] : [[key, { ...failure, retries: retries(failure.reason) }]],
      ),
    );
  }

  /** @param now milliseconds since 1970 @throws StoreError */
  async write(
    { metadata, spec }: ImageScan,
    observed: readonly ObservedImage[],
    events: EmittedEvents,
    now: number,
  ): Promise<void> {
    const { namespace, name, uid } = metadata;
    const { failOn, ignoreUnfixed, exceptions } = spec;
    const { images, others } = toRecorded(observed);
    const record: ScanRecord = {
      namespace,
      name,
      uid,
      updatedAt: rfc3339(now),
      ...(failOn !== undefined && { failOn }),
      ...(ignoreUnfixed !== undefined && { ignoreUnfixed }),
      ...(exceptions !== undefined && { exceptions }),
      images,
      ...(others.length > 0 && { others }),
      events,
    };
    const isSame = this.#record !== undefined && isDeepStrictEqual(content(this.#record), content(record));
    if (isSame && !this.#isUnwritten) return;
    // Before it is on disk: an Event is not emitted again because the record cannot be written.
    this.#record = record;
    this.#isUnwritten = true;
    await this.#store.writeScan(record);
    this.#isUnwritten = false;
  }
}
