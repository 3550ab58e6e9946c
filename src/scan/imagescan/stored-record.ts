import { createHash } from 'node:crypto';
import type { ImageScan } from '../../api/imagescan.ts';
import { rfc3339 } from '../../text/rfc3339.ts';
import { retries } from '../engine/queue/backoff-by-reason.ts';
import { type ImageId, imageKey } from '../image.ts';
import type { ScanFailure } from '../scan-error.ts';
import type { ReportStore } from '../store/report-store.ts';
import type { EmittedEvents, RecordedImage, ScanRecord, UnresolvedImage } from '../store/scan-record.ts';
import type { ObservedImage } from './observation.ts';

/** Without the time of the write. */
const hashOf = ({ updatedAt: _, ...rest }: ScanRecord): string =>
  createHash('sha256').update(JSON.stringify(rest)).digest('base64');

type Images = Required<Pick<ScanRecord, 'images' | 'others'>>;

/** Results are in the reports. */
const toRecorded = (observed: readonly ObservedImage[]): Images => {
  const images: RecordedImage[] = [];
  const others: UnresolvedImage[] = [];
  for (const { reference, digest, platform, pods, origin, failure } of observed) {
    const recorded = {
      reference,
      pods,
      ...(origin !== undefined && { source: origin }),
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

/** With more critical findings than these, the emitted Events stay on disk: a namespace of old images has thousands. */
const MAX_KEPT_CRITICALS = 500;

type Emitted = Pick<EmittedEvents, 'lost'>;

/** The record of one ImageScan in the report store: read once, and written when it changes. Large Events stay on disk. */
export class StoredRecord {
  readonly #store: ReportStore;
  #images: Images = { images: [], others: [] };
  #isLoaded = false;
  /** Of the last record; undefined: there is none. */
  #hash: string | undefined;
  /** Of the last record, as far as they are few. */
  #kept: Emitted | EmittedEvents | undefined;
  /** The store has an older state, or none. */
  #unwritten: EmittedEvents | undefined;

  constructor(store: ReportStore) {
    this.#store = store;
  }

  /** @throws StoreError */
  async load(scan: ImageScan): Promise<void> {
    if (this.#isLoaded) return;
    const record = await this.#read(scan);
    if (record !== undefined) this.#remember(record);
    this.#isLoaded = true;
  }

  /** Images at the last write. */
  get images(): readonly RecordedImage[] {
    return this.#images.images;
  }

  /** What is known of the emitted Events without the store; undefined without a record. */
  get emitted(): Emitted | undefined {
    return this.#unwritten ?? this.#kept;
  }

  /** Events emitted up to the last write; undefined without a record. @throws StoreError */
  async events(scan: ImageScan): Promise<EmittedEvents | undefined> {
    if (this.#unwritten !== undefined || this.#hash === undefined) return this.#unwritten;
    if (this.#kept !== undefined && 'criticals' in this.#kept) return this.#kept;
    const record = await this.#read(scan);
    // It was lost: the next write makes it again.
    if (record === undefined) {
      this.#hash = undefined;
      this.#kept = undefined;
    }
    return record?.events;
  }

  /** The last known digests, by reference. */
  digests(): ReadonlyMap<string, string> {
    return new Map(this.images.map(({ reference, id }) => [reference, id.digest]));
  }

  /** Why images could not be scanned at the last write, by failureKey. */
  failures(): ReadonlyMap<string, ScanFailure> {
    const { images, others } = this.#images;
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
    const { failOn, failOnKnownExploited, ignoreUnfixed, acceptUnknown, exceptions } = spec;
    const { images, others } = toRecorded(observed);
    const record: ScanRecord = {
      namespace,
      name,
      uid,
      updatedAt: rfc3339(now),
      ...(failOn !== undefined && { failOn }),
      ...(failOnKnownExploited !== undefined && { failOnKnownExploited }),
      ...(ignoreUnfixed !== undefined && { ignoreUnfixed }),
      ...(acceptUnknown !== undefined && { acceptUnknown }),
      ...(exceptions !== undefined && { exceptions }),
      images,
      ...(others.length > 0 && { others }),
      events,
    };
    const before = this.#hash;
    this.#remember(record);
    if (before === this.#hash && this.#unwritten === undefined) return;
    // Before it is on disk: an Event is not emitted again because the record cannot be written.
    this.#unwritten = events;
    await this.#store.writeScan(record);
    this.#unwritten = undefined;
  }

  #remember(record: ScanRecord): void {
    this.#images = { images: record.images, others: record.others ?? [] };
    this.#hash = hashOf(record);
    const { events } = record;
    this.#kept = events.criticals.length <= MAX_KEPT_CRITICALS ? events : { ...(events.lost && { lost: true }) };
  }

  /** A record with another UID is of an earlier ImageScan of this name. */
  async #read({ metadata: { namespace, name, uid } }: ImageScan): Promise<ScanRecord | undefined> {
    const record = await this.#store.readScan(namespace, name);
    return record?.uid === uid ? record : undefined;
  }
}
