import { printableAscii } from '../../text/printable.ts';
import { ScanError } from '../scan-error.ts';
import { configPlatform } from './image-config.ts';
import {
  type Descriptor,
  descriptorOf,
  type ImageIndex,
  type ImageManifest,
  type IndexEntry,
  NotRunnable,
  OCI_MANIFEST,
  readManifest,
} from './manifest.ts';
import { type Platform, platformRank, platformText } from './platform.ts';
import { type Runtime, runtimesOn } from './runtimes.ts';

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

/** Reads each content once, however many runtimes look at it. */
const readOnce = ({ manifest, config }: Contents): Contents => {
  const known = new Map<string, Promise<Buffer>>();
  const once = (read: Contents['config']) => (descriptor: Descriptor) => {
    const key = `${descriptor.digest} ${descriptor.size}`;
    const bytes = known.get(key) ?? read(descriptor);
    known.set(key, bytes);
    return bytes;
  };
  return { manifest: once(manifest), config: once(config) };
};

/** Parses each content once: a manifest may have 4 MiB, and there are up to eight runtimes. */
const parseOnce = (what: string): ((bytes: Buffer) => ImageManifest | ImageIndex) => {
  const known = new Map<Buffer, ImageManifest | ImageIndex>();
  return (bytes) => {
    const document = known.get(bytes) ?? readManifest(bytes, what);
    known.set(bytes, document);
    return document;
  };
};

interface Search {
  readonly wanted: Platform;
  readonly parse: (bytes: Buffer) => ImageManifest | ImageIndex;
  readonly contents: Contents;
  readonly what: string;
  /** Platforms that were found instead. */
  readonly seen: Set<string>;
}

/** Where content is in the image; without an entry it is the image itself. */
interface Place {
  readonly bytes: Buffer;
  readonly descriptor: Descriptor;
  readonly entry?: IndexEntry;
  readonly depth: number;
}

const note = (entries: readonly IndexEntry[], { wanted, seen }: Search): void => {
  for (const { platform } of entries) {
    // Attestations are entries of platform unknown/unknown.
    if (platform === undefined || platform.os === 'unknown' || platformRank(wanted, platform) !== undefined) continue;
    seen.add(platformText(platform));
  }
};

const noneFor = ({ wanted, what, seen }: Search): NotRunnable => {
  const there = [...seen].sort().join(', ');
  const cause = `${what} is not there for ${platformText(wanted)}, only for ${printableAscii(there) || 'no known platform'}: push it for that platform, or`;
  return new NotRunnable('PlatformMismatch', `${cause} do not schedule it on such nodes`, {
    byCommand: `${cause} pass another --platform`,
  });
};

interface Finding {
  readonly runtime: Runtime;
  readonly image: PlatformImage;
  /** false: the runtime takes it, but its configuration is of a platform that the node does not run. */
  readonly fits: boolean;
}

/** Whether an image that an index has without a platform is for the node. @throws NotRunnable when the runtime refuses it */
const fitsByConfig = (runtime: Runtime, config: Buffer, search: Search): boolean => {
  try {
    const platform = configPlatform(config, `the configuration of ${search.what}`);
    const fits = platformRank(search.wanted, platform) !== undefined;
    if (!fits) search.seen.add(platformText(platform));
    if (runtime.runs?.(platform) === false) throw noneFor(search);
    return fits || runtime.runs !== undefined;
  } catch (error) {
    if (error instanceof NotRunnable && runtime.runs === undefined) return false;
    throw error;
  }
};

/** @throws NotRunnable when the runtime finds no image, ScanError when that is not known */
const find = async (runtime: Runtime, place: Place, search: Search): Promise<Finding> => {
  const { contents, what } = search;
  const { bytes, descriptor, entry, depth } = place;
  const document = search.parse(bytes);
  if (entry !== undefined && !runtime.accepts(entry, document.kind)) throw noneFor(search);
  if (document.kind === 'manifest') {
    const config = await contents.config(document.config);
    const fits = entry === undefined || entry.platform !== undefined || fitsByConfig(runtime, config, search);
    const { digest, size } = descriptor;
    const image = { manifest: document, descriptor: { mediaType: document.mediaType, digest, size }, bytes, config };
    return { runtime, image, fits };
  }
  if (depth === DEEPEST) {
    throw new ScanError('DamagedImage', `${what} is an index in an index in an index: push it as one index`);
  }
  note(document.entries, search);
  const chosen = runtime.choose(document.entries, what);
  if (chosen === undefined) throw noneFor(search);
  const next = descriptorOf(chosen, what);
  const read = await contents.manifest(next);
  return await find(runtime, { bytes: read, descriptor: next, entry: chosen, depth: depth + 1 }, search);
};

const ambiguous = ([one, other]: readonly Finding[], what: string): ScanError =>
  new ScanError(
    'AmbiguousIndex',
    `${what} has an index that container runtimes read differently: ${one!.runtime.name} runs ${one!.image.descriptor.digest}, ${other!.runtime.name} ${other!.image.descriptor.digest}: write os, architecture and variant of every entry in lower case, each platform once, and push it again, or run the image by the digest of one manifest`,
  );

/**
 * Finds the image that a node of the platform runs. Every runtime that Kubernetes has is followed; a runtime that refuses
 * the image cannot run it, and the others must agree.
 * @param what names it in messages
 * @throws ScanError AmbiguousIndex, PlatformMismatch, DamagedImage, TooLarge, or ScannerFailed when it is not an image
 */
export const selectPlatform = async (
  bytes: Buffer,
  digest: string,
  wanted: Platform,
  contents: Contents,
  what: string,
): Promise<PlatformImage> => {
  const search: Search = { wanted, parse: parseOnce(what), contents: readOnce(contents), what, seen: new Set() };
  const root = { bytes, descriptor: { mediaType: OCI_MANIFEST, digest, size: bytes.length }, depth: 0 };
  const found: Finding[] = [];
  const refused: NotRunnable[] = [];
  for (const runtime of runtimesOn(wanted)) {
    try {
      found.push(await find(runtime, root, search));
    } catch (error) {
      if (!(error instanceof NotRunnable)) throw error;
      refused.push(error);
    }
  }
  // The configuration names the file systems of all layers: manifests of one configuration are one image.
  const different = [...new Map(found.map((one) => [one.image.manifest.config.digest, one])).values()];
  if (different.length > 1) throw ambiguous(different, what);
  const fitting = found.find(({ fits }) => fits);
  if (fitting !== undefined) return fitting.image;
  throw search.seen.size > 0 ? noneFor(search) : (refused[0] ?? noneFor(search));
};
