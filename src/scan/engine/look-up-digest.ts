import type { ImageSource } from '../image.ts';
import type { RegistryClient } from '../registry/client.ts';
import { ScanError } from '../scan-error.ts';
import type { ImageById, TagTarget } from './scan-target.ts';
import { lookedUp } from './tag-lookups.ts';

type Registry = Pick<RegistryClient, 'resolve' | 'inspect'>;

/**
 * The digest of an image of which a node reports only the ID.
 * @throws ScanError DigestHidden when the references are other images now
 */
const digestOfRunning = async (
  registry: Registry,
  source: ImageSource,
  { config, platform }: ImageById,
  references: readonly string[],
  signal: AbortSignal,
): Promise<string> => {
  for (const [i, reference] of references.entries()) {
    try {
      const found = await registry.inspect(source, reference, platform, signal);
      // The image store of containerd in Docker takes the digest of the image for its ID.
      if (found.config === config || found.digest === config) return found.digest;
    } catch (error) {
      const isLast = i === references.length - 1;
      if (isLast || !(error instanceof ScanError) || error.reason !== 'NotFound') throw error;
    }
  }
  const tag = `${source.registry}/${source.repository}:${references.at(-1)}`;
  throw new ScanError(
    'DigestHidden',
    `${tag}: the container runtime reports only the ID ${config} of the image that runs, and the tag is another image now: restart the pod, or run the image by digest, as in ${source.repository}@sha256:…`,
  );
};

/**
 * The digest of a reference.
 * @param candidates tags and digests where an image that runs may be, in this order
 * @throws ScanError
 */
export const lookUpDigest = async (
  registry: Registry,
  source: ImageSource,
  { reference, runs }: TagTarget,
  candidates: readonly string[],
  signal: AbortSignal,
): Promise<string> => {
  if (runs === undefined) return await registry.resolve(source, lookedUp(reference), signal);
  return await digestOfRunning(registry, source, runs, candidates, signal);
};
