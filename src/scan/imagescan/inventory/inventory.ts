import { parseReference } from '../../../api/image-reference.ts';
import type { ScanTarget } from '../../../api/imagescan.ts';
import { printable } from '../../../text/printable.ts';
import type { ScannableImage } from '../../engine/image-consumers.ts';
import type { Lookup } from '../../engine/tag-lookups.ts';
import { type ImageId, imageKey, type Repository } from '../../image.ts';
import type { Problem } from '../../scan-error.ts';
import type { ScannedPod } from './pod.ts';
import { selects } from './selector.ts';

/** An image that cannot be scanned now. */
interface UnscannableImage {
  readonly reference: string;
  readonly platform: string;
  readonly pods: number;
  /** Absent: it is being looked up. */
  readonly problem?: Problem;
}

export interface Inventory {
  /** Each digest and platform once, sorted by key. */
  readonly images: readonly ScannableImage[];
  /** Sorted by reference. */
  readonly others: readonly UnscannableImage[];
}

export interface InventorySources {
  /** All pods of the namespace. */
  readonly pods: readonly ScannedPod[];
  /** Of a node by its name; undefined when that is not known. */
  readonly platformOf: (node: string | undefined) => string | undefined;
  /** The platform of images that no pod runs, and of unknown nodes. */
  readonly usualPlatform: string;
  readonly lookUp: (reference: string) => Lookup;
}

interface Found {
  readonly reference: string;
  readonly platform: string;
  readonly pod?: string;
  readonly at?: Repository & { readonly digest: string };
  readonly problem?: Problem;
}

const byIdOnly = (reference: string): Problem => ({
  reason: 'NotFound',
  message: `${printable(reference, 200)}: the node knows only the ID of this image, so no registry can serve it: push it to a registry and run it from there`,
});

const inPods = (target: ScanTarget, { pods, platformOf, usualPlatform }: InventorySources): Found[] =>
  pods
    .filter(({ metadata }) => selects(target.selector, metadata.labels))
    .flatMap(({ metadata, running, node }) =>
      running.map(({ reference, pulled }) => ({
        reference,
        platform: platformOf(node) ?? usualPlatform,
        pod: metadata.name,
        ...(pulled === undefined ? { problem: byIdOnly(reference) } : { at: pulled }),
      })),
    );

const inTarget = ({ images = [] }: ScanTarget, { usualPlatform, lookUp }: InventorySources): Found[] =>
  images.map((reference) => {
    const parsed = parseReference(reference);
    const common = { reference, platform: usualPlatform };
    if (parsed === undefined) {
      const message = `${reference} is not an image reference: write [registry/]repository[:tag][@sha256:digest]`;
      return { ...common, problem: { reason: 'NotFound', message } };
    }
    const { digest, problem } = lookUp(reference);
    const { registry, repository } = parsed;
    return {
      ...common,
      ...(digest !== undefined && { at: { registry, repository, digest } }),
      ...(problem !== undefined && { problem }),
    };
  });

const podsOf = (found: readonly Found[]): number => new Set(found.flatMap(({ pod }) => pod ?? [])).size;

const distinct = (repositories: readonly Repository[]): Repository[] => {
  const byName = new Map(
    repositories.map(({ registry, repository }) => [`${registry}/${repository}`, { registry, repository }]),
  );
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, repository]) => repository);
};

const problemOf = (found: readonly Found[]): { problem?: Problem } => {
  const [problem] = found.flatMap((f) => f.problem ?? []);
  return problem === undefined ? {} : { problem };
};

const groups = (found: readonly Found[], key: (f: Found) => string): [string, Found[]][] =>
  [...Map.groupBy(found, key)].sort(([a], [b]) => (a < b ? -1 : 1));

const firstReference = (found: readonly Found[]): string => found.map(({ reference }) => reference).sort()[0] ?? '';

/** The images of an ImageScan. Equal input in any order gives an equal result. */
export const takeInventory = (target: ScanTarget | undefined, sources: InventorySources): Inventory => {
  const found = [...inPods(target ?? {}, sources), ...inTarget(target ?? {}, sources)];
  const idOf = ({ at, platform }: Found): ImageId => ({ digest: at?.digest ?? '', platform });
  const scannable = found.filter(({ at }) => at !== undefined);
  const rest = found.filter(({ at }) => at === undefined);
  return {
    images: groups(scannable, (f) => imageKey(idOf(f))).map(([, same]) => ({
      id: idOf(same[0]!),
      reference: firstReference(same),
      repositories: distinct(same.flatMap(({ at }) => at ?? [])),
      pods: podsOf(same),
      ...problemOf(same),
    })),
    others: groups(rest, (f) => `${f.reference} ${f.platform}`).map(([, same]) => {
      const [{ reference, platform }] = same as [Found];
      return { reference, platform, pods: podsOf(same), ...problemOf(same) };
    }),
  };
};
