import { isObject } from '../../text/is-object.ts';
import { printableAscii } from '../../text/printable.ts';
import { ScanError } from '../scan-error.ts';
import type { Platform } from './platform.ts';

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

const MANIFESTS: readonly string[] = [OCI_MANIFEST, DOCKER_MANIFEST];
const INDEXES: readonly string[] = [OCI_INDEX, DOCKER_LIST];

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
  /** In an index: what it is for. */
  readonly platform?: Platform;
}

/** One image for one platform. */
export interface ImageManifest {
  readonly kind: 'manifest';
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** One image for several platforms. */
interface ImageIndex {
  readonly kind: 'index';
  readonly manifests: readonly Descriptor[];
}

type Json = Record<string, unknown>;

export const isDigest = (text: unknown): text is string => typeof text === 'string' && DIGEST.test(text);

/** Reads what must be a JSON object. @throws ScanError DamagedImage, that begins with `what` */
export const readJson = (bytes: Buffer, what: string): Json => {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (isObject(value)) return value;
  } catch {
    // Thrown below: the parser's own message would show the content.
  }
  throw new ScanError('DamagedImage', `${what} is not a JSON object: push the image again`);
};

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

export const readPlatform = (value: unknown): Platform | undefined => {
  if (!isObject(value)) return undefined;
  const { os, architecture, variant } = value;
  if (typeof os !== 'string' || typeof architecture !== 'string' || os === '' || architecture === '') return undefined;
  return { os, architecture, ...(typeof variant === 'string' && { variant }) };
};

const readDescriptor = (value: unknown, what: string): Descriptor => {
  const { mediaType, digest, size, platform } = isObject(value) ? value : {};
  if (!isDigest(digest)) {
    throw new ScanError(
      'DamagedImage',
      `${what} names content by ${printableAscii(text(digest)) || 'no digest'}, not by sha256: push the image again`,
    );
  }
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw new ScanError('DamagedImage', `${what} gives no size for ${digest}: push the image again`);
  }
  const known = readPlatform(platform);
  return { mediaType: text(mediaType), digest, size, ...(known && { platform: known }) };
};

const notAnImage = (what: string, found: string): ScanError =>
  new ScanError('ScannerFailed', `${what} is not a container image but ${printableAscii(found)}: name an image`);

const readImage = (json: Json, mediaType: string, what: string): ImageManifest => {
  const layers = Array.isArray(json.layers) ? json.layers : [];
  if (layers.length > MOST_LAYERS) {
    throw new ScanError(
      'TooLarge',
      `${what} has ${layers.length} layers, more than ${MOST_LAYERS}: build it with fewer`,
    );
  }
  const config = readDescriptor(json.config, what);
  if (!CONFIGS.includes(config.mediaType)) throw notAnImage(what, text(json.artifactType) || config.mediaType);
  const read = layers.map((layer) => readDescriptor(layer, what));
  const strange = read.find((layer) => !LAYER.test(layer.mediaType));
  if (strange !== undefined) throw notAnImage(what, `an artifact with ${strange.mediaType || 'untyped content'}`);
  return { kind: 'manifest', mediaType: mediaType || OCI_MANIFEST, config, layers: read };
};

/**
 * Reads a manifest or an index. Its content determines which of them it is: the digest does not cover a registry's
 * Content-Type.
 * @param what names it in messages
 * @throws ScanError DamagedImage, TooLarge, or ScannerFailed when it is not an image
 */
export const readManifest = (bytes: Buffer, what: string): ImageManifest | ImageIndex => {
  const json = readJson(bytes, what);
  const mediaType = text(json.mediaType);
  if (json.schemaVersion === 1) throw notAnImage(what, 'one in the old schema 1, which runtimes no longer pull');
  const isIndex = 'manifests' in json;
  if (isIndex && ('layers' in json || 'config' in json)) {
    throw new ScanError(
      'DamagedImage',
      `${what} claims to be an index and an image at once (CVE-2021-41190): do not use it`,
    );
  }
  if (mediaType !== '' && !(isIndex ? INDEXES : MANIFESTS).includes(mediaType)) throw notAnImage(what, mediaType);
  if (!isIndex) return readImage(json, mediaType, what);
  const manifests = Array.isArray(json.manifests) ? json.manifests : [];
  return { kind: 'index', manifests: manifests.map((one) => readDescriptor(one, what)) };
};
