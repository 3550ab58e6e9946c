import { ScanError } from '../scan-error.ts';
import { struct } from './go-json.ts';
import {
  type Descriptor,
  decode,
  type ImageManifest,
  PLATFORM_FIELDS,
  toPlatform,
  type WrittenPlatform,
  wrongType,
} from './manifest.ts';
import type { Platform } from './platform.ts';

interface WrittenConfig extends WrittenPlatform {
  readonly rootfs?: { readonly diff_ids?: readonly (string | undefined)[] };
}

/** The fields of image-spec 1.1 that are read here. */
const CONFIG = struct({
  ...PLATFORM_FIELDS,
  rootfs: struct({ type: { kind: 'string' }, diff_ids: { kind: 'strings' } }),
});

const read = (bytes: Buffer, what: string): WrittenConfig => {
  const { value, wrong } = decode(bytes, CONFIG, what);
  if (wrong !== undefined) throw wrongType(wrong, what);
  return value as WrittenConfig;
};

/** The platform that an image's configuration names. @throws NotRunnable, ScanError AmbiguousIndex, TooLarge */
export const configPlatform = (bytes: Buffer, what: string): Platform => toPlatform(read(bytes, what));

/** The digests of the unpacked layers, in their order. @throws NotRunnable, ScanError AmbiguousIndex, TooLarge */
export const diffIdsOf = (bytes: Buffer, what: string): string[] =>
  (read(bytes, what).rootfs?.diff_ids ?? []).map((diffId = '') => diffId);

/**
 * For each layer the digest that it must have unpacked. A scanner looks at as many layers as the configuration names,
 * and CRI-O runs all layers of the manifest.
 * @throws ScanError DamagedImage when the configuration is of other layers
 */
export const unpackedDigests = (
  { layers }: Pick<ImageManifest, 'layers'>,
  config: Buffer,
  what: string,
): ReadonlyMap<Descriptor['digest'], string> => {
  const diffIds = diffIdsOf(config, `the configuration of ${what}`);
  if (diffIds.length !== layers.length) {
    throw new ScanError(
      'DamagedImage',
      `${what} has ${layers.length} layers, and its configuration names ${diffIds.length}: build the image again`,
    );
  }
  const byLayer = new Map<string, string>();
  for (const [i, { digest }] of layers.entries()) {
    const diffId = diffIds[i]!;
    if ((byLayer.get(digest) ?? diffId) !== diffId) {
      throw new ScanError(
        'DamagedImage',
        `${what}: its configuration gives layer ${digest} two contents: build the image again`,
      );
    }
    byLayer.set(digest, diffId);
  }
  return byLayer;
};
