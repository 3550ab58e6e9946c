import type { Repository } from '../image.ts';
import type { RegistryClient } from '../registry/client.ts';
import { isDigest } from '../registry/manifest.ts';

const TITLE = 'org.opencontainers.image.title';

interface Layer {
  readonly mediaType?: unknown;
  readonly digest?: unknown;
  readonly size?: unknown;
  readonly annotations?: { readonly [TITLE]?: unknown };
}

/**
 * The layers of an artifact that have one of these titles, as `oras push` writes them.
 * @throws ScanError, Error
 */
export const readArtifact = (
  client: Pick<RegistryClient, 'read'>,
  repository: Repository,
  reference: string,
  titles: readonly string[],
  mostBytes: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Buffer>> =>
  client.read(repository, reference, signal, async (manifest, blob) => {
    const { layers } = (JSON.parse(manifest.toString()) ?? {}) as { layers?: readonly Layer[] };
    if (!Array.isArray(layers)) throw new Error('its manifest has no layers');
    const found = new Map<string, Buffer>();
    for (const { mediaType, digest, size, annotations } of layers as readonly Layer[]) {
      const title = annotations?.[TITLE];
      if (typeof title !== 'string' || !titles.includes(title)) continue;
      if (found.has(title)) throw new Error(`it has several layers ${title}`);
      if (!isDigest(digest) || typeof size !== 'number') throw new Error(`its layer ${title} has no digest or size`);
      found.set(title, await blob({ mediaType: String(mediaType), digest, size }, mostBytes));
    }
    return found;
  });
