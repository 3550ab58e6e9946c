import { isDeepStrictEqual } from 'node:util';
import type { ImageScan } from '../../api/imagescan.ts';
import { objectKey } from '../../kube/object.ts';
import { rfc3339 } from '../../text/rfc3339.ts';
import { retries } from '../engine/queue/backoff-by-reason.ts';
import { type ImageId, imageKey } from '../image.ts';
import type { Failure } from '../scan-error.ts';
import type { ReportStore } from '../store/report-store.ts';
import type { RecordedImage, ScanRecord, UnresolvedImage } from '../store/scan-record.ts';
import type { Told } from './events/emitted-events.ts';
import type { ImageLook } from './observation.ts';

type Metadata = ImageScan['metadata'];

/** Without the time of the write. */
const content = ({ updatedAt: _, ...rest }: ScanRecord): unknown => rest;

type Images = Required<Pick<ScanRecord, 'images' | 'others'>>;

/** What is kept of images: results are in the reports. */
const toRecorded = (looks: readonly ImageLook[]): Images => {
  const images: RecordedImage[] = [];
  const others: UnresolvedImage[] = [];
  for (const { reference, digest, platform, pods, failure } of looks) {
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

/** An image, or one that has no digest yet. */
export const failureKey = (image: ImageId | { readonly reference: string; readonly platform: string }): string =>
  'digest' in image ? imageKey(image) : `${image.reference} ${image.platform}`;

/** What the report store knows of ImageScans, read once and written when it changed. */
export class Records {
  readonly #store: ReportStore;
  readonly #records = new Map<string, ScanRecord>();
  /** Of which the store has an older state, or none. */
  readonly #unwritten = new Set<string>();

  constructor(store: ReportStore) {
    this.#store = store;
  }

  /** @throws StoreError */
  async load({ metadata }: ImageScan): Promise<void> {
    const key = objectKey({ metadata });
    if (this.#records.get(key)?.uid === metadata.uid) return;
    const record = await this.#store.readScan(metadata.namespace, metadata.name);
    if (record?.uid === metadata.uid) this.#records.set(key, record);
    else this.#records.delete(key);
  }

  of({ metadata }: ImageScan): ScanRecord | undefined {
    return this.#records.get(objectKey({ metadata }));
  }

  /** Digests that references had last. */
  digests(scan: ImageScan): ReadonlyMap<string, string> {
    return new Map(this.of(scan)?.images.map(({ reference, id }) => [reference, id.digest]));
  }

  /** Why images could not be scanned when that was last written down, by failureKey. */
  failures(scan: ImageScan): ReadonlyMap<string, Failure> {
    const { images = [], others = [] } = this.of(scan) ?? {};
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
  async write({ metadata, spec }: ImageScan, looks: readonly ImageLook[], told: Told, now: number): Promise<void> {
    const { namespace, name, uid } = metadata;
    const { failOn, ignoreUnfixed, exceptions } = spec;
    const { images, others } = toRecorded(looks);
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
      told,
    };
    const key = objectKey({ metadata });
    const before = this.#records.get(key);
    const isKept = before !== undefined && isDeepStrictEqual(content(before), content(record));
    if (isKept && !this.#unwritten.has(key)) return;
    // Before it is on disk: what was told is not told again when it cannot be written.
    this.#records.set(key, record);
    this.#unwritten.add(key);
    await this.#store.writeScan(record);
    this.#unwritten.delete(key);
  }

  /** @throws StoreError */
  async remove({ namespace, name }: Metadata): Promise<void> {
    this.#records.delete(`${namespace}/${name}`);
    this.#unwritten.delete(`${namespace}/${name}`);
    await this.#store.removeScan(namespace, name);
  }
}
