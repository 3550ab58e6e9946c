import type { ImagesSection } from '../../../api/policy.ts';
import { plural } from '../../../text/plural.ts';
import { printable } from '../../../text/printable.ts';
import type { PodImages } from '../../pod.ts';
import { isAllowed } from './allowed.ts';

/** Existing pods with images that a policy does not allow: they continue to run, but could not be created again. */
export interface DisallowedPods {
  readonly pods: number;
  /** An entry for each image, as `pod: image` or `pod (and 2 other pods): image`. */
  readonly images: readonly string[];
}

/** The schema's bounds on lists of disallowed images. */
const MAX_IMAGES = 10;
const MAX_LENGTH = 1024;

const disallowedImages = (section: ImagesSection, { images, finished }: PodImages): string[] =>
  finished ? [] : images.filter((image) => !isAllowed(section, image));

export const hasDisallowedImage = (section: ImagesSection, pod: PodImages): boolean =>
  disallowedImages(section, pod).length > 0;

const others = (count: number): string => (count === 0 ? '' : ` (and ${plural(count, 'other pod')})`);

/** Equal pods in any order give an equal result. */
export const findDisallowed = (section: ImagesSection, pods: readonly PodImages[]): DisallowedPods => {
  const found = pods.flatMap((pod) =>
    disallowedImages(section, pod).map((image) => ({ pod: pod.metadata.name, image })),
  );
  const byImage = Map.groupBy(found, ({ image }) => image);
  const images = [...byImage].map(([image, entries]) => {
    const [first, ...rest] = entries.map(({ pod }) => pod).sort();
    return printable(`${first}${others(rest.length)}: ${image}`, MAX_LENGTH);
  });
  return { pods: new Set(found.map(({ pod }) => pod)).size, images: images.sort() };
};

/** Within the schema's bounds. */
export const toStatus = ({
  pods,
  images,
}: DisallowedPods): { disallowedPods: number; disallowedImages?: string[] } => ({
  disallowedPods: pods,
  ...(images.length > 0 && {
    disallowedImages: images.slice(0, MAX_IMAGES).map((entry) => printable(entry, MAX_LENGTH)),
  }),
});

/** `2 existing pods have others: a: nginx; b: busybox` */
export const describeDisallowed = (found: DisallowedPods): string => {
  const { disallowedPods, disallowedImages = [] } = toStatus(found);
  const left = found.images.length - disallowedImages.length;
  const shown = [...disallowedImages, ...(left > 0 ? [`and ${left} more`] : [])].join('; ');
  return `${disallowedPods === 1 ? '1 existing pod has another' : `${disallowedPods} existing pods have others`}: ${shown}`;
};
