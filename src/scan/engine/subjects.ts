import {
  type ConsumedImage,
  type ImageConsumers,
  repositoriesIn,
  repositoriesOf,
  repositoryName,
} from './image-consumers.ts';
import type { Claim } from './pull-sources.ts';
import type { TagTarget } from './scan-target.ts';
import { repositoriesNamedBy, type TagLookups } from './tag-lookups.ts';

/** The image or tag of a key of the queue. */
type Subject = ConsumedImage | TagTarget;

/** The images and tags of the keys of the queue, and the ImageScans that need them. */
export class Subjects {
  readonly #consumers: ImageConsumers;
  readonly #lookups: TagLookups;

  constructor(consumers: ImageConsumers, lookups: TagLookups) {
    this.#consumers = consumers;
    this.#lookups = lookups;
  }

  /** undefined: no ImageScan needs it any more. */
  get(key: string): Subject | undefined {
    return this.#lookups.get(key) ?? this.#consumers.image(key);
  }

  /** The ImageScans that need the key, as `namespace/name`. */
  scans(key: string): string[] {
    const subject = this.get(key);
    return subject?.kind === 'tag' ? [subject.scan] : [...(subject?.consumers.keys() ?? [])];
  }

  namespaces(key: string): string[] {
    const consumers = this.scans(key).flatMap((scan) => this.#consumers.consumer(scan) ?? []);
    return [...new Set(consumers.map(({ namespace }) => namespace))];
  }

  registries(key: string): string[] {
    const subject = this.get(key);
    if (subject === undefined) return [];
    const repositories = subject.kind === 'tag' ? repositoriesNamedBy(subject.reference) : repositoriesOf(subject);
    return [...new Set(repositories.map(({ registry }) => registry))];
  }

  /** The name of the key in messages about a registry. */
  nameIn(registry: string, key: string): string {
    const subject = this.get(key);
    if (subject === undefined) return key;
    if (subject.kind === 'tag') return subject.reference;
    const there = repositoriesOf(subject).find((repository) => repository.registry === registry);
    return there === undefined ? key : `${repositoryName(there)}@${subject.id.digest}`;
  }

  /** The repositories of the key in each of the ImageScans that need it. */
  claims(key: string): Claim[] {
    const subject = this.get(key);
    return this.scans(key).flatMap((scan) => {
      const consumer = this.#consumers.consumer(scan);
      if (consumer === undefined || subject === undefined) return [];
      const repositories =
        subject.kind === 'tag' ? repositoriesNamedBy(subject.reference) : repositoriesIn(consumer, key);
      return [{ scan, consumer, repositories }];
    });
  }
}
