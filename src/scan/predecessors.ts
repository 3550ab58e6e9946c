import { parseReference } from '../api/image-reference.ts';
import { repositoryOf } from '../api/repository-pattern.ts';
import { type ImageId, imageKey, type Repository } from './image.ts';
import type { RecordedImage } from './store/scan-record.ts';

/** The image that was scanned last in each repository: the next one there is its successor, by a new digest. */
export class Predecessors {
  readonly #latest = new Map<string, ImageId>();

  /** Images of an ImageScan before the operator was started; what was scanned since counts more. */
  recall(images: readonly Pick<RecordedImage, 'reference' | 'id'>[]): void {
    for (const { reference, id } of images) {
      const repository = parseReference(reference);
      const key = repository && keyOf(repository, id);
      if (key !== undefined && !this.#latest.has(key)) this.#latest.set(key, id);
    }
  }

  scanned(id: ImageId, repositories: readonly Repository[]): void {
    for (const repository of repositories) this.#latest.set(keyOf(repository, id), id);
  }

  /** @returns undefined when nothing else was there before */
  of(id: ImageId, repositories: readonly Repository[]): ImageId | undefined {
    return repositories
      .flatMap((repository) => this.#latest.get(keyOf(repository, id)) ?? [])
      .find((before) => imageKey(before) !== imageKey(id));
  }
}

const keyOf = (repository: Repository, { platform }: ImageId): string => `${repositoryOf(repository)} ${platform}`;
