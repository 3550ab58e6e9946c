import { listedUpTo } from '../../text/listed.ts';
import { printableAscii } from '../../text/printable.ts';
import { ScanError } from '../scan-error.ts';
import type { IndexEntry } from './manifest.ts';
import { MEDIA_TYPES } from './manifest.ts';
import { type MatchRules, PLATFORMS_0, PLATFORMS_1, type Platform, platformRank } from './platform.ts';

/** How a container runtime finds the image for its node. */
export interface Runtime {
  readonly name: string;
  /** The entry of an index that it takes. */
  choose(entries: readonly IndexEntry[], what: string): IndexEntry | undefined;
  /** Whether it goes on with content of this kind. */
  accepts(entry: IndexEntry, kind: 'manifest' | 'index'): boolean;
  /** Whether it runs an image that an index has without a platform, by its configuration; absent: it does not look. */
  readonly runs?: (platform: Platform) => boolean;
}

/** The first of those with the lowest rank. */
const lowest = <Item>(items: readonly Item[], rank: (item: Item) => number | undefined): Item | undefined =>
  items
    .flatMap((item) => {
      const of = rank(item);
      return of === undefined ? [] : { item, of };
    })
    // Equal infinite ranks differ by NaN.
    .sort((a, b) => (a.of === b.of ? 0 : a.of - b.of))[0]?.item;

/** core/images of containerd: `Manifest`. */
const containerd = (
  wanted: Platform,
  name: string,
  rules: MatchRules,
  runs: NonNullable<Runtime['runs']>,
): Runtime => ({
  name,
  choose: (entries) =>
    lowest(entries, ({ platform }) =>
      platform === undefined ? Number.POSITIVE_INFINITY : platformRank(wanted, platform, rules),
    ),
  accepts: ({ mediaType = '' }, kind) => MEDIA_TYPES[kind].includes(mediaType),
  runs,
});

const containerd2 = (wanted: Platform): Runtime =>
  containerd(wanted, 'containerd 2.1 and later', PLATFORMS_1, (platform) => {
    return platformRank(wanted, platform, PLATFORMS_1) !== undefined;
  });

/** It does not look at the variant of a configuration. */
const containerd1 = (wanted: Platform): Runtime =>
  containerd(wanted, 'containerd up to 2.0', PLATFORMS_0, ({ os, architecture }) => {
    return platformRank(wanted, { os, architecture }, PLATFORMS_0) !== undefined;
  });

const CRIO_VARIANTS: Readonly<Record<string, readonly string[]>> = { arm: ['v8', 'v7', 'v6', 'v5'], arm64: ['v8'] };

/** The variants that CRI-O takes, best first. */
const crioVariants = ({ architecture, variant = '' }: Platform): readonly string[] => {
  if (variant === '') return [''];
  const known = CRIO_VARIANTS[architecture] ?? [];
  return [...(known.includes(variant) ? known.slice(known.indexOf(variant)) : [variant]), ''];
};

/** An image that containers/image made with layers in zstd, beside the same image in gzip. */
const isZstd = ({ annotations }: IndexEntry): boolean =>
  annotations?.get('io.github.containers.compression.zstd') === 'true';

/** internal/manifest of containers/image: `ChooseInstance`, of an OCI index or of Docker's list. */
const crio = (wanted: Platform, list: 'oci' | 'docker'): Runtime => {
  const variants = crioVariants(wanted);
  const rank = ({ platform, ...entry }: IndexEntry): number | undefined => {
    if (platform === undefined) return list === 'oci' ? 2 * variants.length + Number(!isZstd(entry)) : undefined;
    const { os, architecture, variant = '' } = platform;
    if (os !== wanted.os || architecture !== wanted.architecture || !variants.includes(variant)) return undefined;
    return 2 * variants.indexOf(variant) + Number(list === 'oci' && !isZstd(entry));
  };
  return {
    name: 'CRI-O',
    choose: (entries) => lowest(entries, rank),
    accepts: (_, kind) => kind === 'manifest',
  };
};

/** `sha256:… for build 10.0.20348.2700` */
const describeBuild = ({ digest = '', platform }: IndexEntry): string => {
  const build = printableAscii(platform?.osVersion ?? '');
  return `${printableAscii(digest)} for ${build === '' ? 'any build' : `build ${build}`}`;
};

const severalBuilds = (entries: readonly IndexEntry[], what: string): ScanError => {
  const builds = listedUpTo(4, [...new Set(entries.map(describeBuild))]);
  const cause = `${what} has images for several builds of Windows, and the build of the node is not known`;
  return new ScanError(
    'AmbiguousIndex',
    `${cause}: run the image by the digest of one of them, as in NAME@sha256:…: ${builds}`,
    {
      byCommand: `${cause}: scan each by its digest, as in NAME@sha256:…: ${builds}`,
    },
  );
};

/**
 * containerd on Windows. It takes the build that fits its own, which is not known here, ignores features, and without such
 * a build takes the first entry without a platform.
 */
const onWindows = (wanted: Platform): Runtime[] => {
  const isFitting = ({ platform }: IndexEntry) =>
    platform !== undefined && platformRank(wanted, platform, PLATFORMS_0) !== undefined;
  const ofFittingBuild: Runtime = {
    ...containerd1(wanted),
    name: 'containerd on Windows',
    choose: (entries, what) => {
      const fitting = entries.filter(isFitting);
      if (new Set(fitting.map(({ digest }) => digest)).size > 1) throw severalBuilds(fitting, what);
      return fitting[0];
    },
  };
  const ofOtherBuild: Runtime = {
    ...ofFittingBuild,
    name: 'containerd on another build of Windows',
    choose: (entries) => entries.find(({ platform }) => platform === undefined),
  };
  return [ofFittingBuild, ofOtherBuild];
};

/** The platforms that nodes of a reported platform have: Kubernetes builds run on arm from v7. */
const nodePlatforms = (wanted: Platform): Platform[] => {
  if (wanted.variant !== undefined) return [wanted];
  if (wanted.architecture === 'arm64') return [{ ...wanted, variant: 'v8' }];
  if (wanted.architecture === 'arm') return ['v7', 'v8'].map((variant) => ({ ...wanted, variant }));
  return [wanted];
};

/** Every way in which a node of the platform may read an index. */
export const runtimesOn = (wanted: Platform): Runtime[] => {
  if (wanted.os === 'windows') return onWindows(wanted);
  return nodePlatforms(wanted).flatMap((node) => [
    containerd2(node),
    containerd1(node),
    crio(node, 'oci'),
    crio(node, 'docker'),
  ]);
};
