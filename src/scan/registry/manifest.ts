import { isObject } from '../../text/is-object.ts';
import { printableAscii } from '../../text/printable.ts';
import { ScanError } from '../scan-error.ts';
import { decodeAsGo, isExcessive, type Shape, struct } from './go-json.ts';
import type { Platform } from './platform.ts';

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

/** By what they are. */
export const MEDIA_TYPES = {
  manifest: [OCI_MANIFEST, DOCKER_MANIFEST] as readonly string[],
  index: [OCI_INDEX, DOCKER_LIST] as readonly string[],
} as const;

/** The header Accept of a client that reads images. */
export const ACCEPTED_MANIFESTS = [OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST].join(', ');

const CONFIGS: readonly string[] = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];
const LAYER =
  /^application\/vnd\.(oci\.image\.layer(\.nondistributable)?\.v1\.tar|docker\.image\.rootfs(\.foreign)?\.diff\.tar)([+.](gzip|zstd))?$/;
const DIGEST = /^sha256:[a-f0-9]{64}$/;
const MOST_LAYERS = 1000;

/** Names content by its hash. */
export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/** One image for one platform. */
export interface ImageManifest {
  readonly kind: 'manifest';
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** An entry of an index as it is written: only the one that is chosen has to be right. */
export interface IndexEntry {
  readonly mediaType?: string;
  readonly digest?: string;
  readonly size?: number;
  readonly annotations?: ReadonlyMap<string, string>;
  /** Absent: the entry has none. An entry may have an empty one, which says that it has no os and no architecture. */
  readonly platform?: Platform;
}

/** One image for several platforms. */
export interface ImageIndex {
  readonly kind: 'index';
  readonly entries: readonly IndexEntry[];
}

/** Content that no container runtime runs, so that another entry, or none, is the image. */
export class NotRunnable extends ScanError {}

export type WrittenPlatform = Partial<Record<'os' | 'architecture' | 'variant' | 'os.version', string>> & {
  readonly 'os.features'?: readonly string[];
};
type WrittenEntry = Omit<IndexEntry, 'platform'> & { readonly platform?: WrittenPlatform };

interface WrittenDocument {
  readonly schemaVersion?: number;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config?: WrittenEntry;
  readonly layers?: readonly (WrittenEntry | undefined)[];
  readonly manifests?: readonly (WrittenEntry | undefined)[];
  readonly fsLayers?: unknown;
  readonly history?: true;
  readonly signatures?: true;
}

const STRING: Shape = { kind: 'string' };
const INTEGER: Shape = { kind: 'integer' };
const STRINGS: Shape = { kind: 'strings' };
const MAP: Shape = { kind: 'map' };

/** The types of image-spec 1.1, specs-go/v1. */
export const PLATFORM_FIELDS = {
  os: STRING,
  architecture: STRING,
  variant: STRING,
  'os.version': STRING,
  'os.features': STRINGS,
};
const DESCRIPTOR = struct({
  mediaType: STRING,
  digest: STRING,
  size: INTEGER,
  urls: STRINGS,
  annotations: MAP,
  data: { kind: 'bytes' },
  platform: struct(PLATFORM_FIELDS),
  artifactType: STRING,
});
/** Manifest and Index in one, as containerd first looks at both (core/images, unknownDocument). */
const DOCUMENT = struct({
  schemaVersion: INTEGER,
  mediaType: STRING,
  artifactType: STRING,
  config: DESCRIPTOR,
  layers: { kind: 'list', of: DESCRIPTOR },
  manifests: { kind: 'list', of: DESCRIPTOR },
  fsLayers: { kind: 'list', of: struct({}) },
  history: { kind: 'any' },
  signatures: { kind: 'any' },
  subject: DESCRIPTOR,
  annotations: MAP,
});

export const isDigest = (text: unknown): text is string => typeof text === 'string' && DIGEST.test(text);

/** Reads JSON of an image as Go does. @throws NotRunnable, ScanError AmbiguousIndex when it has a field twice, TooLarge */
export const decode = (bytes: Buffer, shape: Shape, what: string): { value: unknown; wrong?: string } => {
  const text = bytes.toString('utf8');
  if (isExcessive(text)) {
    throw new ScanError('TooLarge', `${what} is JSON of more values, or nested deeper, than any image: build it again`);
  }
  try {
    if (!isObject(JSON.parse(text))) throw new SyntaxError('not an object');
  } catch {
    // The parser's own message would show the content.
    throw new NotRunnable('DamagedImage', `${what} is not a JSON object: push the image again`);
  }
  const { repeated, ...decoded } = decodeAsGo(text, shape);
  if (repeated === undefined) return decoded;
  throw new ScanError(
    'AmbiguousIndex',
    `${what} has the field ${repeated} twice, perhaps once in other letter case, and container runtimes differ in which one they read: write each field once and push the image again`,
  );
};

export const wrongType = (field: string, what: string): NotRunnable =>
  new NotRunnable('DamagedImage', `${what} has a value of the wrong type in ${field}: push the image again`);

export const toPlatform = (written: WrittenPlatform): Platform => {
  const { os = '', architecture = '', variant, 'os.features': osFeatures = [], 'os.version': osVersion } = written;
  return {
    os,
    architecture,
    ...(variant !== undefined && { variant }),
    ...(osFeatures.length > 0 && { osFeatures }),
    ...(osVersion !== undefined && { osVersion }),
  };
};

/** @throws ScanError DamagedImage when it does not name content */
export const descriptorOf = (
  { mediaType = '', digest = '', size }: Pick<IndexEntry, 'mediaType' | 'digest' | 'size'>,
  what: string,
): Descriptor => {
  if (!isDigest(digest)) {
    throw new ScanError(
      'DamagedImage',
      `${what} names content by ${printableAscii(digest) || 'no digest'}, not by sha256: push the image again`,
    );
  }
  if (size === undefined || !Number.isSafeInteger(size) || size < 0) {
    throw new ScanError('DamagedImage', `${what} gives no size for ${digest}: push the image again`);
  }
  return { mediaType, digest, size };
};

const notAnImage = (what: string, found: string): NotRunnable =>
  new NotRunnable('ScannerFailed', `${what} is not a container image but ${printableAscii(found)}: name an image`);

/** Runtimes, and their versions, differ in whether they refuse it. */
const contradictory = (what: string, claims: string): ScanError =>
  new ScanError('DamagedImage', `${what} claims to be ${claims} at once (CVE-2021-41190): do not use it`);

/** Of content that a runtime may run: no other image may be scanned instead. */
const asScanError = ({ reason, message }: NotRunnable): ScanError => new ScanError(reason, message);

const readImage = (document: WrittenDocument, what: string): ImageManifest => {
  const { config: written, layers = [], artifactType, mediaType = '' } = document;
  if (layers.length > MOST_LAYERS) {
    throw new ScanError(
      'TooLarge',
      `${what} has ${layers.length} layers, more than ${MOST_LAYERS}: build it with fewer`,
    );
  }
  const config = descriptorOf(written ?? {}, what);
  if (!CONFIGS.includes(config.mediaType)) throw notAnImage(what, artifactType || config.mediaType);
  const read = layers.map((layer) => descriptorOf(layer ?? {}, what));
  const strange = read.find((layer) => !LAYER.test(layer.mediaType));
  if (strange !== undefined) {
    throw asScanError(notAnImage(what, `an artifact with ${strange.mediaType || 'untyped content'}`));
  }
  return {
    kind: 'manifest',
    mediaType: MEDIA_TYPES.manifest.includes(mediaType) ? mediaType : OCI_MANIFEST,
    config,
    layers: read,
  };
};

/** Whether it has fields of schema 1: containerd looks at one of them, CRI-O at all that are not null. */
const isOfSchema1 = (document: WrittenDocument): boolean => {
  const { schemaVersion, history, signatures } = document;
  if ('fsLayers' in document || history === true || signatures === true) return true;
  return schemaVersion === 1 && !['config', 'layers', 'manifests'].some((field) => field in document);
};

/**
 * Reads a manifest or an index as container runtimes do. Its content determines which of them it is: the digest does not
 * cover a registry's Content-Type.
 * @param what names it in messages
 * @throws NotRunnable, ScanError AmbiguousIndex, DamagedImage, TooLarge
 */
export const readManifest = (bytes: Buffer, what: string): ImageManifest | ImageIndex => {
  const { value, wrong } = decode(bytes, DOCUMENT, what);
  const document = value as WrittenDocument;
  const { mediaType = '', manifests } = document;
  const isIndex = 'manifests' in document;
  const isImage = 'config' in document || 'layers' in document;
  if (isOfSchema1(document)) {
    if (isIndex || isImage) throw contradictory(what, 'of schema 1 and of schema 2');
    throw notAnImage(what, 'one in the old schema 1, which runtimes no longer pull');
  }
  if (isIndex && isImage) throw contradictory(what, 'an index and an image');
  if (MEDIA_TYPES[isIndex ? 'manifest' : 'index'].includes(mediaType)) {
    throw contradictory(what, `an ${isIndex ? 'index' : 'image'} and ${mediaType}`);
  }
  const read = isIndex ? undefined : readImage(document, what);
  // A runtime may know fewer fields, and run it.
  if (wrong !== undefined) throw asScanError(wrongType(wrong, what));
  if (read !== undefined) return read;
  const entries = (manifests ?? []).map((entry = {}) => {
    const { platform, ...rest } = entry;
    return { ...rest, ...(platform !== undefined && { platform: toPlatform(platform) }) };
  });
  return { kind: 'index', entries };
};
