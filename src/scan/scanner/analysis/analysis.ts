import { createHash } from 'node:crypto';
import type { AnalyzedLayer, Unread } from '../../findings/coverage/analysis.ts';
import type { ScannerVersion } from '../../findings/match.ts';
import { type ImageId, imageKey } from '../../image.ts';
import { diffIdsOf } from '../../registry/image-config.ts';
import { ScanError } from '../../scan-error.ts';

/** Raised when an analysis changes its shape: images with older ones are analyzed again. */
const SCHEMA = 1;

/** A value of Trivy's scan cache. */
export interface CacheRecord {
  /** As Trivy computes it from the layer, or the image, and the versions of its analyzers: `sha256:` and 64 digits. */
  readonly id: string;
  /** JSON, exactly as Trivy wrote it: an ArtifactInfo or a BlobInfo of its pkg/fanal/types/artifact.go. */
  readonly record: string;
}

/** What Trivy found in an image: all that it needs to match the image again, or to write its SBOM. */
export interface Analysis {
  readonly schemaVersion: typeof SCHEMA;
  readonly image: ImageId;
  readonly scanner: ScannerVersion;
  readonly manifest: {
    readonly mediaType: string;
    readonly digest: string;
    /** Base64. */
    readonly content: string;
  };
  readonly config: {
    readonly digest: string;
    /** Base64. */
    readonly content: string;
  };
  readonly artifact: CacheRecord;
  /** One for each layer, from the lowest up: a layer that comes twice is there twice. */
  readonly blobs: readonly CacheRecord[];
  readonly unread: Unread;
}

/** What an analysis is made of. */
export interface AnalysisParts {
  readonly image: ImageId;
  readonly scanner: ScannerVersion;
  readonly manifest: { readonly mediaType: string; readonly digest: string; readonly content: Uint8Array };
  readonly config: { readonly digest: string; readonly content: Uint8Array };
  /** By the keys of Trivy's cache. */
  readonly records: ReadonlyMap<string, Uint8Array>;
  readonly unread: Unread;
}

const KEY = /^fanal::(artifact|blob)::(.+)$/;

export const cacheKey = (kind: 'artifact' | 'blob', id: string): string => `fanal::${kind}::${id}`;

/** @throws ScanError when it is larger than `mostBytes`, or Trivy kept nothing */
export function writeAnalysis(parts: AnalysisParts, mostBytes: number): Buffer {
  const { image, scanner, manifest, config, records, unread } = parts;
  const what = imageKey(image);
  const kept = Array.from(records, ([key, value]) => {
    const [, kind, id = ''] = KEY.exec(key) ?? [];
    return { kind, id, record: Buffer.from(value).toString() };
  });
  const of = (wanted: string) => kept.flatMap(({ kind, ...record }) => (kind === wanted ? [record] : []));
  const [artifact] = of('artifact');
  if (artifact === undefined) {
    throw new ScanError('ScannerFailed', `${what}: Trivy did not keep what it found: use Trivy 0.74.0`);
  }
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const analysis: Analysis = {
    schemaVersion: SCHEMA,
    image,
    scanner,
    manifest: { ...manifest, content: base64(manifest.content) },
    config: { ...config, content: base64(config.content) },
    artifact,
    blobs: inOrder(of('blob'), config.content, what),
    unread,
  };
  const bytes = Buffer.from(JSON.stringify(analysis));
  if (bytes.length > mostBytes) throw tooLarge(what, mostBytes);
  return bytes;
}

export const tooLarge = (what: string, mostBytes: number): ScanError =>
  new ScanError(
    'TooLarge',
    `${what}: the result is larger than ${Math.ceil(mostBytes / 2 ** 20)} MiB, the limit of one scan`,
  );

/** Trivy stores layers as it finishes them; the configuration has their order. */
const inOrder = (blobs: readonly CacheRecord[], config: Uint8Array, what: string): CacheRecord[] => {
  const byDiffId = new Map(blobs.map((blob) => [(JSON.parse(blob.record) as { DiffID?: string }).DiffID, blob]));
  return diffIdsOf(Buffer.from(config), what).flatMap((diffId) => byDiffId.get(diffId) ?? []);
};

/**
 * @returns undefined when it is of another schema, or no analysis: of another version of Palisade
 * @throws ScanError when it is larger than `mostBytes`, or is not JSON
 */
export function readAnalysis(bytes: Buffer, mostBytes: number): Analysis | undefined {
  if (bytes.length > mostBytes) throw tooLarge('an image', mostBytes);
  let analysis: Partial<Analysis> | null;
  try {
    analysis = JSON.parse(bytes.toString());
  } catch (cause) {
    throw new ScanError('ScannerFailed', `an image: its analysis is not JSON (${(cause as Error).message})`, { cause });
  }
  return isAnalysis(analysis) ? analysis : undefined;
}

// A Job that a hostile image has taken over may have written it: digests become paths of files, and keys of a cache.
const isAnalysis = (one: Partial<Analysis> | null): one is Analysis =>
  one?.schemaVersion === SCHEMA &&
  isText(one.image?.digest, one.image?.platform, one.manifest?.mediaType) &&
  isContent(one.manifest) &&
  isContent(one.config) &&
  isRecord(one.artifact) &&
  Array.isArray(one.blobs) &&
  typeof one.unread === 'object' &&
  one.unread !== null &&
  one.blobs.every(isRecord);

/** What Trivy found in each layer. */
export const layersOf = ({ blobs }: Pick<Analysis, 'blobs'>): AnalyzedLayer[] =>
  blobs.map(({ record }) => JSON.parse(record));

const isText = (...values: readonly unknown[]): boolean => values.every((value) => typeof value === 'string');

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

const isRecord = (one: Partial<CacheRecord> | null | undefined): boolean =>
  isText(one?.id, one?.record) && DIGEST.test(one?.id ?? '');

const isContent = (one: Partial<Analysis['config']> | null | undefined): boolean => {
  if (!isText(one?.digest, one?.content) || !DIGEST.test(one?.digest ?? '')) return false;
  const [algorithm = '', hex] = one?.digest?.split(':') ?? [];
  return (
    createHash(algorithm)
      .update(Buffer.from(one?.content ?? '', 'base64'))
      .digest('hex') === hex
  );
};
