import { hasRegistry, parseReference } from '../../../api/image-reference.ts';
import { printable } from '../../../text/printable.ts';
import type { Repository } from '../../image.ts';
import type { Problem } from '../../scan-error.ts';

/** An image that a container runs, or that a pod has as a volume. */
export interface RunningImage {
  /** As the pod's author wrote it, but printable: the API server takes any text for an image. */
  readonly reference: string;
  /** The image that the node pulled, under its name for it; absent when the node reports no digest. */
  readonly pulled?: Repository & { readonly digest: string };
  /** The repository that the pod names, if it is another one: an image that was loaded into a node may have any name there. */
  readonly named?: Repository;
  /** The ID of the image, where the node reports no more: the digest of its configuration. */
  readonly config?: string;
  /** Why it is not known which image runs. Absent of an image volume, whose reference is looked up: no runtime reports more. */
  readonly problem?: Problem;
}

/** The bound of status.images[].image in the schema. */
const MAX_REFERENCE = 1024;

const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** The name that containerd gives an image out of an archive without names. */
const IMPORTED = /^library\/import-\d{4}-\d{2}-\d{2}$/;

const pulledFrom = (name: string): RunningImage['pulled'] => {
  const { registry, repository, digest = '' } = parseReference(name) ?? {};
  if (registry === undefined || repository === undefined || !DIGEST.test(digest)) return undefined;
  return { registry, repository, digest };
};

/** Without a registry in the reference, the node decides where it is, and only its own name for the image is known. */
const namedBy = (reference: string, pulled: Repository): Repository | undefined => {
  const { registry, repository } = parseReference(reference) ?? {};
  if (registry === undefined || repository === undefined) return undefined;
  if (!hasRegistry(reference) && !IMPORTED.test(pulled.repository)) return undefined;
  const isSame = registry === pulled.registry && repository === pulled.repository;
  return isSame ? undefined : { registry, repository };
};

/** `docker://sha256:…`, `sha256:…`, or the digits alone, as in CRI-O. */
const configOf = (imageID: string): string | undefined => {
  const [, digits] = imageID.match(/^(?:docker:\/\/)?(?:sha256:)?([0-9a-f]{64})$/) ?? [];
  return digits === undefined ? undefined : `sha256:${digits}`;
};

/** @param shown the reference, printable */
const notKnown = (shown: string, imageID: string): Problem => {
  const what = printable(shown, 200);
  if (imageID === '') {
    return {
      reason: 'DigestHidden',
      message: `${what}: the node reports no digest and no ID of the image that runs: run the image by digest, as in NAME@sha256:…`,
    };
  }
  const [, algorithm] = imageID.match(/@(sha384|sha512):[0-9a-f]+$/) ?? [];
  if (algorithm !== undefined) {
    return {
      reason: 'DamagedImage',
      message: `${what}: the node reports the image by a digest of ${algorithm}, which the scanner cannot read: push the image with digests of sha256, and run it by its tag or that digest`,
    };
  }
  return {
    reason: 'NotFound',
    message: `${what}: the node knows only the ID of this image, so no registry can serve it: push it to a registry and run it from there`,
  };
};

/**
 * The image that a container runs by its status. `imageID` is `registry/name@sha256:…` of containerd and CRI-O,
 * `docker-pullable://…` of dockershim, or a bare ID, which no registry has.
 */
export const runningImage = (reference: string, imageID: string): RunningImage => {
  const shown = printable(reference, MAX_REFERENCE);
  // A container whose reference names a digest runs that digest.
  const pulled = pulledFrom(imageID.replace(/^docker-pullable:\/\//, '')) ?? pulledFrom(reference);
  if (pulled !== undefined) {
    const named = namedBy(reference, pulled);
    return { reference: shown, pulled, ...(named !== undefined && { named }) };
  }
  const config = parseReference(reference) === undefined ? undefined : configOf(imageID);
  return { reference: shown, ...(config === undefined ? { problem: notKnown(shown, imageID) } : { config }) };
};

/** The image of a volume. @param imageRef of the pod's status, absent in most clusters */
export const volumeImage = (reference: string, imageRef = ''): RunningImage => {
  const image = runningImage(reference, imageRef);
  const isReported = imageRef !== '' && (image.pulled !== undefined || image.config !== undefined);
  return isReported ? image : { reference: image.reference };
};
