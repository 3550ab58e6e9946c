import { parsePlatform } from '../../../src/scan/registry/platform.ts';
import { selectPlatform } from '../../../src/scan/registry/select-platform.ts';
import type { HostileImage } from './arbitrary-image.ts';
import { type Content, Contents, OCI } from './hostile-registry.ts';

/** The digest of the configuration of the selected image, or why there is none. */
export const configOf = async ({ node, root, contents }: HostileImage): Promise<string> => {
  const take = async ({ digest }: { digest: string }) => contents.get(digest)!;
  try {
    const bytes = contents.get(root)!;
    const found = await selectPlatform(bytes, root, parsePlatform(node), { manifest: take, config: take }, 'the image');
    return found.manifest.config.digest;
  } catch (error) {
    const { reason, message } = error as { reason?: string; message: string };
    if (reason === undefined) throw error;
    return `${reason}: ${message}`;
  }
};

/** Architectures by the name of the image. */
const IMAGES: Readonly<Record<string, unknown>> = { GOOD: 'amd64', EVIL: 'amd64', ARM: 'arm64', ODD: 5 };

/**
 * Images GOOD and EVIL of linux/amd64, ARM of linux/arm64 and ODD, whose configuration has a number for its architecture; a
 * signature SIG that is no image; and an index NESTED that holds EVIL. In `index`, ~NAME stands for
 * `"mediaType":…,"digest":…,"size":…` of it, #NAME for the digest alone, and %NAME
 * for the size.
 */
export const recordedImage = (
  node: string,
  index: string,
): HostileImage & { readonly names: ReadonlyMap<string, string> } => {
  const contents = new Contents();
  const names = new Map<string, string>();
  const images = Object.entries(IMAGES).map(([name, architecture]): [string, Content] => {
    const config = contents.add(OCI.config, { author: name, os: 'linux', architecture });
    names.set(config.digest, name);
    return [name, contents.image({ change: { config } })];
  });
  const evil = images.find(([name]) => name === 'EVIL')![1];
  const signature = contents.add(OCI.manifest, {
    schemaVersion: 2,
    config: contents.add('application/vnd.oci.empty.v1+json', '{}'),
    layers: [contents.add('application/vnd.example.signature', 'signed')],
  });
  const nested = contents.index([{ ...evil, platform: { os: 'linux', architecture: 'amd64' } }]);
  const named: [string, Content][] = [...images, ['SIG', signature], ['NESTED', nested]];
  const written = named.reduce(
    (text, [name, target]) =>
      text
        .replaceAll(`#${name}`, target.digest)
        .replaceAll(`%${name}`, `${target.size}`)
        .replaceAll(`~${name}`, JSON.stringify(target).slice(1, -1)),
    index,
  );
  return { node, root: contents.add(OCI.index, written).digest, contents: contents.blobs, names };
};
