import type { ImagesSection } from '../../../api/policy.ts';
import { plural } from '../../../text/plural.ts';
import { printable } from '../../../text/printable.ts';
import type { PodImages, WorkloadImages } from '../../pod.ts';
import { isAllowed } from './allowed.ts';

/** What exists in a namespace. */
export interface Inventory {
  readonly pods: readonly PodImages[];
  readonly workloads: readonly WorkloadImages[];
}

/**
 * Existing pods with images that a policy does not allow, which continue to run, but could not be created again; and
 * workloads whose next pods would be refused.
 */
export interface Disallowed {
  readonly pods: number;
  /** An entry for each image, as `pod: image` or `pod (and 2 other pods): image`. */
  readonly images: readonly string[];
  readonly workloads: number;
  /** The same of workloads, as `CronJob name: image`. */
  readonly workloadImages: readonly string[];
}

/** The schema's bounds on lists of disallowed images. */
const MAX_IMAGES = 10;
const MAX_LENGTH = 1024;

/** A pod, or a workload. */
interface WithImages {
  readonly images: readonly string[];
  readonly finished?: boolean;
}

export const hasDisallowedImage = (section: ImagesSection, { images, finished = false }: WithImages): boolean =>
  !finished && images.some((image) => !isAllowed(section, image));

interface Found {
  readonly name: string;
  readonly image: string;
}

/** Equal objects in any order give an equal list. */
const byImage = (found: readonly Found[], noun: string): string[] =>
  [...Map.groupBy(found, ({ image }) => image)]
    .map(([image, entries]) => {
      const [first, ...rest] = entries.map(({ name }) => name).sort();
      const others = rest.length === 0 ? '' : ` (and ${plural(rest.length, `other ${noun}`)})`;
      return printable(`${first}${others}: ${image}`, MAX_LENGTH);
    })
    .sort();

const count = (found: readonly Found[]): number => new Set(found.map(({ name }) => name)).size;

/** @param earlier rules in force: images that they disallow do not count */
export const findDisallowed = (
  section: ImagesSection,
  { pods, workloads }: Inventory,
  earlier?: ImagesSection,
): Disallowed => {
  const counts = (image: string): boolean =>
    !isAllowed(section, image) && (earlier === undefined || isAllowed(earlier, image));
  const inPods = pods
    .filter(({ finished }) => !finished)
    .flatMap(({ metadata: { name }, images }) => images.filter(counts).map((image) => ({ name, image })));
  const inWorkloads = workloads.flatMap(({ kind, metadata, images }) =>
    images.filter(counts).map((image) => ({ name: `${kind} ${metadata.name}`, image })),
  );
  return {
    pods: count(inPods),
    images: byImage(inPods, 'pod'),
    workloads: count(inWorkloads),
    workloadImages: byImage(inWorkloads, 'workload'),
  };
};

export const isNothing = ({ pods, workloads }: Disallowed): boolean => pods + workloads === 0;

interface DisallowedStatus {
  disallowedPods: number;
  disallowedImages?: string[];
  disallowedWorkloads?: number;
  workloadImages?: string[];
}

const shown = (images: readonly string[]): string[] =>
  images.slice(0, MAX_IMAGES).map((entry) => printable(entry, MAX_LENGTH));

/** Within the schema's bounds. */
export const toStatus = ({ pods, images, workloads, workloadImages }: Disallowed): DisallowedStatus => ({
  disallowedPods: pods,
  ...(images.length > 0 && { disallowedImages: shown(images) }),
  ...(workloads > 0 && { disallowedWorkloads: workloads, workloadImages: shown(workloadImages) }),
});

const described = (objects: number, noun: string, images: readonly string[]): string[] => {
  if (objects === 0) return [];
  const left = images.length - MAX_IMAGES;
  const list = [...shown(images), ...(left > 0 ? [`and ${left} more`] : [])].join('; ');
  return [`${plural(objects, noun)} ${objects === 1 ? 'has another' : 'have others'}: ${list}`];
};

/** `2 existing pods have others: a: nginx; b: busybox. 1 workload has another: CronJob c: nginx` */
export const describeDisallowed = ({ pods, images, workloads, workloadImages }: Disallowed): string =>
  [...described(pods, 'existing pod', images), ...described(workloads, 'workload', workloadImages)].join('. ');
