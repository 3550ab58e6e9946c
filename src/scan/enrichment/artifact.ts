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
 * The layers of an artifact that have one of these titles, as `oras push` writes them; for one that cannot be read, why not.
 * @throws ScanError, Error; the signal's reason
 */
export const readArtifact = (
  client: Pick<RegistryClient, 'read'>,
  repository: Repository,
  reference: string,
  titles: readonly string[],
  mostBytes: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Buffer | Error>> =>
  client.read(repository, reference, signal, async (manifest, blob) => {
    const { layers } = (JSON.parse(manifest.toString()) ?? {}) as { layers?: readonly Layer[] };
    if (!Array.isArray(layers)) throw new Error('its manifest has no layers');
    const found = new Map<string, Buffer | Error>();
    for (const { mediaType, digest, size, annotations } of layers as readonly Layer[]) {
      const title = annotations?.[TITLE];
      if (typeof title !== 'string' || !titles.includes(title)) continue;
      const isSecond = found.has(title);
      if (isSecond) found.set(title, new Error('the artifact has several layers of this title'));
      else if (!isDigest(digest) || typeof size !== 'number')
        found.set(title, new Error('its layer has no digest or size'));
      else
        found.set(title, await orError(() => blob({ mediaType: String(mediaType), digest, size }, mostBytes), signal));
    }
    return found;
  });

/** @throws the signal's reason */
const orError = async (read: () => Promise<Buffer>, signal: AbortSignal): Promise<Buffer | Error> => {
  try {
    return await read();
  } catch (error) {
    signal.throwIfAborted();
    return error as Error;
  }
};
