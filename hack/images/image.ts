import { blob, type Content, content, jsonBlob, sha256 } from './content.ts';
import { type Files, gzip, tar } from './layer.ts';

export interface ImageOptions {
  /** From the bottom up. */
  readonly layers: readonly Files[];
  /** Default linux/amd64. */
  readonly platform?: Platform;
  /** The configuration of a container, as in {Entrypoint: […]}. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** RFC 3339; part of the digest. */
  readonly created?: string;
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

const media = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  empty: 'application/vnd.oci.empty.v1+json',
};

/** One platform's image. */
export async function image(options: ImageOptions): Promise<Content> {
  const { platform = { os: 'linux', architecture: 'amd64' }, config = {}, created = '2026-01-01T00:00:00Z' } = options;
  const archives = await Promise.all(options.layers.map(tar));
  const layers = archives.map((archive) => blob(media.layer, gzip(archive)));
  const configBlob = jsonBlob(media.config, {
    ...platform,
    created,
    config,
    rootfs: { type: 'layers', diff_ids: archives.map(sha256) },
    history: archives.map((_, i) => ({ created, created_by: `layer ${i}` })),
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: media.manifest,
    config: configBlob.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  };
  return content(jsonBlob(media.manifest, manifest, { platform: { ...platform } }), [configBlob, ...layers]);
}

/** An image of several platforms. */
export function index(children: readonly Content[]): Content {
  const manifests = children.map(({ manifest }) => manifest.descriptor);
  return content(jsonBlob(media.index, { schemaVersion: 2, mediaType: media.index, manifests }), [], children);
}

interface ArtifactLayer {
  readonly mediaType: string;
  /** The file name that it is saved under. */
  readonly title: string;
  readonly data: Buffer;
}

export interface ArtifactOptions extends ArtifactLayer {
  readonly artifactType: string;
  /** Further layers. */
  readonly more?: readonly ArtifactLayer[];
}

/** An artifact that is not an image. */
export function artifact({ artifactType, more = [], ...first }: ArtifactOptions): Content {
  const empty = blob(media.empty, Buffer.from('{}'));
  const layers = [first, ...more].map(({ mediaType, title, data }) =>
    blob(mediaType, data, { annotations: { 'org.opencontainers.image.title': title } }),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: media.manifest,
    artifactType,
    config: empty.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  };
  return content(jsonBlob(media.manifest, manifest, { artifactType }), [empty, ...layers]);
}
