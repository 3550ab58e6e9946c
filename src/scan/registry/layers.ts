import { ScanError } from '../scan-error.ts';
import type { Descriptor } from './manifest.ts';

export interface PullLimits {
  /** Limit of the layers of one image together, compressed as they are in the registry, bytes. */
  readonly imageBytes: number;
}

/** Bytes of all of them. */
export const sum = (descriptors: readonly Descriptor[]): number =>
  descriptors.reduce((bytes, { size }) => bytes + size, 0);

/** The layers without repetitions, as of empty ones. @throws ScanError DamagedImage */
export const distinct = (layers: readonly Descriptor[], what: string): Descriptor[] => {
  const byDigest = new Map<string, Descriptor>();
  for (const layer of layers) {
    if ((byDigest.get(layer.digest)?.size ?? layer.size) !== layer.size) {
      throw new ScanError('DamagedImage', `${what} gives two sizes for layer ${layer.digest}: push the image again`);
    }
    byDigest.set(layer.digest, layer);
  }
  return [...byDigest.values()];
};

/** @throws ScanError TooLarge */
export const checkSize = (layers: readonly Descriptor[], { imageBytes }: PullLimits, what: string): void => {
  const bytes = sum(layers);
  if (bytes <= imageBytes) return;
  throw new ScanError(
    'TooLarge',
    `${what}: its layers have ${bytes} bytes, more than the ${imageBytes} that one scan may download: make the image smaller, or raise --scan-image-size`,
  );
};
