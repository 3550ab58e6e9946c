import { printableAscii } from '../../text/printable.ts';
import { ScanError } from '../scan-error.ts';
import { type Descriptor, type ImageManifest, OCI_MANIFEST, readJson, readManifest, readPlatform } from './manifest.ts';
import { type Platform, platformRank, platformText } from './platform.ts';

/** The image for one platform, found. */
export interface PlatformImage {
  readonly manifest: ImageManifest;
  /** Of the manifest. */
  readonly descriptor: Descriptor;
  /** The manifest as it is. */
  readonly bytes: Buffer;
  /** The image's configuration as it is. */
  readonly config: Buffer;
}

/** Reads content that has the digest and size of its descriptor. */
interface Contents {
  manifest(descriptor: Descriptor): Promise<Buffer>;
  config(descriptor: Descriptor): Promise<Buffer>;
}

const DEEPEST = 2;
/** How many entries of an index are read. The best comes first: unusual indexes alone need more than one. */
const MOST_TRIED = 8;

interface Search {
  readonly wanted: Platform;
  readonly contents: Contents;
  readonly what: string;
  /** Platforms that were found instead. */
  readonly seen: Set<string>;
}

const candidates = (manifests: readonly Descriptor[], { wanted, seen }: Search): Descriptor[] => {
  const ranked = manifests.map((one) => ({
    one,
    rank: one.platform === undefined ? Number.POSITIVE_INFINITY : platformRank(wanted, one.platform),
  }));
  for (const { one, rank } of ranked) {
    // Attestations are entries of platform unknown/unknown.
    if (one.platform && rank === undefined && one.platform.os !== 'unknown') seen.add(platformText(one.platform));
  }
  return ranked
    .filter((entry) => entry.rank !== undefined)
    .sort((a, b) => (a.rank === b.rank ? 0 : a.rank! - b.rank!))
    .slice(0, MOST_TRIED)
    .map(({ one }) => one);
};

const find = async (
  bytes: Buffer,
  descriptor: Descriptor,
  depth: number,
  search: Search,
): Promise<PlatformImage | undefined> => {
  const { wanted, contents, what, seen } = search;
  const document = readManifest(bytes, what);
  if (document.kind === 'manifest') {
    const config = await contents.config(document.config);
    const offered = readPlatform(readJson(config, `the configuration of ${what}`));
    // As in containerd, an index that names the platform takes precedence. A configuration without a platform proves nothing.
    const runs =
      descriptor.platform !== undefined || offered === undefined || platformRank(wanted, offered) !== undefined;
    if (!runs) seen.add(platformText(offered));
    const { digest, size } = descriptor;
    return runs
      ? { manifest: document, descriptor: { mediaType: document.mediaType, digest, size }, bytes, config }
      : undefined;
  }
  if (depth === DEEPEST) {
    throw new ScanError('DamagedImage', `${what} is an index in an index in an index: push it as one index`);
  }
  for (const entry of candidates(document.manifests, search)) {
    const found = await find(await contents.manifest(entry), entry, depth + 1, search);
    if (found !== undefined) return found;
  }
  return undefined;
};

/**
 * Finds the image for a platform in a manifest or index.
 * @param what names it in messages
 * @throws ScanError PlatformMismatch, DamagedImage, TooLarge, or ScannerFailed when it is not an image
 */
export const selectPlatform = async (
  bytes: Buffer,
  digest: string,
  wanted: Platform,
  contents: Contents,
  what: string,
): Promise<PlatformImage> => {
  const search: Search = { wanted, contents, what, seen: new Set() };
  const found = await find(bytes, { mediaType: OCI_MANIFEST, digest, size: bytes.length }, 0, search);
  if (found !== undefined) return found;
  const there = [...search.seen].sort().join(', ');
  throw new ScanError(
    'PlatformMismatch',
    `${what} is not there for ${platformText(wanted)}, only for ${printableAscii(there) || 'no known platform'}: push it for that platform, or do not schedule it on such nodes`,
  );
};
