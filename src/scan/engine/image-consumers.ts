import { type ImageId, imageKey, type Repository } from '../image.ts';
import type { Problem } from '../scan-error.ts';

/** What names an image that no pod has: spec.target.images, or the pod template of a workload. */
export type ImageOrigin = 'Target' | 'Template';

/** An image that an ImageScan covers and that can be scanned. */
export interface ScannableImage {
  readonly id: ImageId;
  /** As users write it; of several the first by name. */
  readonly reference: string;
  /** Where it can be pulled from, sorted: those that only a node names last. */
  readonly repositories: readonly Repository[];
  /** How many pods run it. */
  readonly pods: number;
  /** Absent: a pod has it. */
  readonly origin?: ImageOrigin;
  /** Why its tag could not be looked up again; the digest is the last known one. */
  readonly problem?: Problem;
}

/** An ImageScan that consumes the results of images. */
export interface ImageConsumer {
  readonly namespace: string;
  /** Names of Secrets of its namespace. */
  readonly pullSecrets: readonly string[];
  readonly images: readonly ScannableImage[];
}

/** An image, and the ImageScans that consume its results, by `namespace/name`. */
export interface ConsumedImage {
  readonly kind: 'image';
  readonly id: ImageId;
  readonly consumers: ReadonlyMap<string, ImageConsumer>;
}

interface MutableImage extends ConsumedImage {
  readonly consumers: Map<string, ImageConsumer>;
}

/** Effects of a consumer's new images on the others: keys from imageKey. */
interface ConsumerChange {
  /** Images without a consumer now. */
  readonly dropped: readonly string[];
  /** Images that another consumer has, and that can now be pulled from one more repository. */
  readonly relocated: readonly string[];
}

/** Where one consumer can pull an image from. @param key from imageKey */
export const repositoriesIn = ({ images }: ImageConsumer, key: string): readonly Repository[] =>
  images.find(({ id }) => imageKey(id) === key)?.repositories ?? [];

/** Where an image can be pulled from. */
export const repositoriesOf = ({ id, consumers }: ConsumedImage): Repository[] =>
  [...consumers.values()].flatMap((consumer) => repositoriesIn(consumer, imageKey(id)));

export const repositoryName = ({ registry, repository }: Repository): string => `${registry}/${repository}`;

/** Which ImageScan consumes the results of which image: finished scans fan out along it. ImageScans are named `namespace/name`. */
export class ImageConsumers {
  readonly #consumers = new Map<string, ImageConsumer>();
  readonly #images = new Map<string, MutableImage>();

  /** Replaces the images of the ImageScan; undefined: it has none. */
  setImages(scan: string, consumer: ImageConsumer | undefined): ConsumerChange {
    const before = this.#consumers.get(scan)?.images ?? [];
    const images = consumer?.images ?? [];
    const relocated = images.filter((image) => this.#isRelocated(image)).map(({ id }) => imageKey(id));
    if (consumer === undefined) this.#consumers.delete(scan);
    else this.#consumers.set(scan, consumer);
    for (const { id } of images) this.#add(id, scan, consumer!);
    const kept = new Set(images.map(({ id }) => imageKey(id)));
    const gone = before.map(({ id }) => imageKey(id)).filter((key) => !kept.has(key));
    return { relocated, dropped: gone.filter((key) => this.#drop(key, scan)) };
  }

  consumer(scan: string): ImageConsumer | undefined {
    return this.#consumers.get(scan);
  }

  /** @param key from imageKey */
  image(key: string): ConsumedImage | undefined {
    return this.#images.get(key);
  }

  ids(): ImageId[] {
    return [...this.#images.values()].map(({ id }) => id);
  }

  scans(): string[] {
    return [...this.#consumers.keys()];
  }

  #isRelocated({ id, repositories }: ScannableImage): boolean {
    const image = this.#images.get(imageKey(id));
    if (image === undefined) return false;
    const known = new Set(repositoriesOf(image).map(repositoryName));
    return repositories.some((repository) => !known.has(repositoryName(repository)));
  }

  #add(id: ImageId, scan: string, consumer: ImageConsumer): void {
    const image = this.#images.get(imageKey(id)) ?? { kind: 'image', id, consumers: new Map<string, ImageConsumer>() };
    image.consumers.set(scan, consumer);
    this.#images.set(imageKey(id), image);
  }

  /** @returns whether the image has no consumer any more */
  #drop(key: string, scan: string): boolean {
    const image = this.#images.get(key);
    image?.consumers.delete(scan);
    return image !== undefined && image.consumers.size === 0 && this.#images.delete(key);
  }
}
