import { parseReference } from '../../../api/image-reference.ts';
import type { ScanTarget } from '../../../api/imagescan.ts';
import { selects } from '../../../api/selector.ts';
import { printable } from '../../../text/printable.ts';
import type { ImageOrigin, ScannableImage } from '../../engine/image-consumers.ts';
import type { ImageById } from '../../engine/scan-target.ts';
import type { Lookup } from '../../engine/tag-lookups.ts';
import { type ImageId, imageKey, type Repository } from '../../image.ts';
import type { Problem } from '../../scan-error.ts';
import type { RequiredPlatform } from './node.ts';
import type { ScannedPod } from './pod.ts';
import type { RunningImage } from './running-image.ts';
import type { ScannedTemplate } from './template.ts';

/** An image that cannot be scanned now. */
interface UnscannableImage {
  readonly reference: string;
  readonly platform: string;
  readonly pods: number;
  readonly origin?: ImageOrigin;
  readonly runs?: ImageById;
  /** Absent: it is being looked up. */
  readonly problem?: Problem;
}

export interface Inventory {
  /** Each digest and platform once, sorted by key. */
  readonly images: readonly ScannableImage[];
  /** Sorted by reference. */
  readonly others: readonly UnscannableImage[];
  /** The references that are looked up, each once. */
  readonly wanted: readonly WantedLookup[];
}

/** A reference whose digest is needed. */
export interface WantedLookup {
  readonly reference: string;
  readonly runs?: ImageById;
}

export interface InventorySources {
  /** All pods of the namespace. */
  readonly pods: readonly ScannedPod[];
  /** All workloads of the namespace. */
  readonly templates: readonly ScannedTemplate[];
  /** Of a node by its name; undefined when that is not known. */
  readonly platformOf: (node: string | undefined) => string | undefined;
  /** The platform of images that no pod runs, and of unknown nodes. */
  readonly usualPlatform: (required?: RequiredPlatform) => string;
}

/** An image that an ImageScan covers, before its reference is looked up. */
export interface FoundImage {
  readonly reference: string;
  readonly platform: string;
  readonly pod?: string;
  /** Absent: a pod has it. */
  readonly origin?: ImageOrigin;
  readonly at?: { readonly digest: string; readonly repositories: readonly Repository[] };
  readonly look?: WantedLookup;
  readonly problem?: Problem;
}

const withReference = (reference: string, runs?: ImageById): Pick<FoundImage, 'look' | 'problem'> => {
  if (parseReference(reference) !== undefined) return { look: { reference, ...(runs && { runs }) } };
  const message = `${printable(reference, 200)} is not an image reference: write [registry/]repository[:tag][@sha256:digest]`;
  return { problem: { reason: 'NotFound', message } };
};

const running = (image: RunningImage, platform: string): Pick<FoundImage, 'at' | 'look' | 'problem'> => {
  const { reference, pulled, named, config, problem } = image;
  if (pulled !== undefined) {
    const { digest, ...repository } = pulled;
    return { at: { digest, repositories: named ? [named, { ...repository, reported: true }] : [repository] } };
  }
  if (config !== undefined) return withReference(reference, { config, platform });
  return problem === undefined ? withReference(reference) : { problem };
};

const inPods = (target: ScanTarget, { pods, platformOf, usualPlatform }: InventorySources): FoundImage[] =>
  pods
    .filter(({ metadata }) => selects(target.selector, metadata.labels))
    .flatMap(({ metadata, running: images, node }) => {
      const platform = platformOf(node) ?? usualPlatform();
      return images.map((image) => ({
        reference: image.reference,
        platform,
        pod: metadata.name,
        ...running(image, platform),
      }));
    });

const inTarget = ({ images = [] }: ScanTarget, { usualPlatform }: InventorySources): FoundImage[] =>
  images.map((reference) => ({ reference, platform: usualPlatform(), origin: 'Target', ...withReference(reference) }));

/** Images of workloads that no selected pod runs under this reference. */
const inTemplates = (
  { selector, templates: areScanned = true }: ScanTarget,
  { templates, usualPlatform }: InventorySources,
  run: ReadonlySet<string>,
): FoundImage[] => {
  return templates
    .filter(({ podLabels }) => areScanned && selects(selector, podLabels))
    .flatMap(({ images, ...required }) =>
      images
        .map((reference) => ({ reference, shown: printable(reference, 1024) }))
        .filter(({ shown }) => !run.has(shown))
        .map(({ reference, shown }) => ({
          reference: shown,
          platform: usualPlatform(required),
          origin: 'Template' as const,
          ...withReference(reference),
        })),
    );
};

/** The images of an ImageScan, as the cluster names them. */
export const findImages = (target: ScanTarget = {}, sources: InventorySources): FoundImage[] => {
  const pods = inPods(target, sources);
  const run = new Set(pods.map(({ reference }) => reference));
  return [...pods, ...inTarget(target, sources), ...inTemplates(target, sources, run)];
};

const lookupKey = ({ reference, runs }: WantedLookup): string => JSON.stringify([reference, runs]);

/** The references that have to be looked up, each once. */
export const lookupsOf = (found: readonly FoundImage[]): WantedLookup[] => [
  ...new Map(found.flatMap(({ look }) => (look === undefined ? [] : [[lookupKey(look), look]]))).values(),
];

const lookedUp = (found: FoundImage, lookUp: (wanted: WantedLookup) => Lookup): FoundImage => {
  const { look } = found;
  const parsed = look && parseReference(look.reference);
  if (look === undefined || parsed === undefined) return found;
  const { digest, problem } = lookUp(look);
  const { registry, repository } = parsed;
  return {
    ...found,
    ...(digest !== undefined && { at: { digest, repositories: [{ registry, repository }] } }),
    // What runs does not change with its tag.
    ...(problem !== undefined && (digest === undefined || look.runs === undefined) && { problem }),
  };
};

const podsOf = (found: readonly FoundImage[]): number => new Set(found.flatMap(({ pod }) => pod ?? [])).size;

const byName = (repositories: readonly Repository[]): Map<string, Repository> =>
  new Map(repositories.map((one) => [`${one.registry}/${one.repository}`, one]));

/** Each once: those that pods name, then those that only a node names. */
const distinct = (repositories: readonly Repository[]): Repository[] => {
  const named = byName(repositories.filter(({ reported }) => reported !== true));
  const reported = byName(repositories.filter(({ reported: only }) => only === true));
  const sorted = (map: Map<string, Repository>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return [...sorted(named), ...sorted(reported).filter(([name]) => !named.has(name))].map(
    ([, repository]) => repository,
  );
};

/** Where the image comes from when no pod has it. */
const originOf = (found: readonly FoundImage[]): { origin?: ImageOrigin } => {
  if (found.some(({ origin }) => origin === undefined)) return {};
  return { origin: found.some(({ origin }) => origin === 'Target') ? 'Target' : 'Template' };
};

const problemOf = (found: readonly FoundImage[]): { problem?: Problem } => {
  const [problem] = found.flatMap((f) => f.problem ?? []);
  return problem === undefined ? {} : { problem };
};

const groups = (found: readonly FoundImage[], key: (f: FoundImage) => string): [string, FoundImage[]][] =>
  [...Map.groupBy(found, key)].sort(([a], [b]) => (a < b ? -1 : 1));

const firstReference = (found: readonly FoundImage[]): string =>
  found.map(({ reference }) => reference).sort()[0] ?? '';

/** The images of an ImageScan. Equal input in any order gives an equal result. */
export const takeInventory = (images: readonly FoundImage[], lookUp: (wanted: WantedLookup) => Lookup): Inventory => {
  const found = images.map((image) => lookedUp(image, lookUp));
  const idOf = ({ at, platform }: FoundImage): ImageId => ({ digest: at?.digest ?? '', platform });
  const scannable = found.filter(({ at }) => at !== undefined);
  const rest = found.filter(({ at }) => at === undefined);
  return {
    images: groups(scannable, (f) => imageKey(idOf(f))).map(([, same]) => ({
      id: idOf(same[0]!),
      reference: firstReference(same),
      repositories: distinct(same.flatMap(({ at }) => at?.repositories ?? [])),
      pods: podsOf(same),
      ...originOf(same),
      ...problemOf(same),
    })),
    others: groups(rest, (f) => `${f.reference} ${f.platform} ${f.look?.runs?.config ?? ''}`).map(([, same]) => {
      const [{ reference, platform, look }] = same as [FoundImage];
      return {
        reference,
        platform,
        pods: podsOf(same),
        ...originOf(same),
        ...(look?.runs && { runs: look.runs }),
        ...problemOf(same),
      };
    }),
    wanted: lookupsOf(found),
  };
};
