import { hasRegistry, parseReference } from '../../../api/image-reference.ts';
import { printable } from '../../../text/printable.ts';
import type { Repository } from '../../image.ts';

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
  /** The reference is to be looked up: no runtime reports more of an image volume. */
  readonly lookUp?: true;
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
  return { reference: shown, ...(config !== undefined && { config }) };
};

/** The image of a volume. @param imageRef of the pod's status, absent in most clusters */
export const volumeImage = (reference: string, imageRef = ''): RunningImage => {
  const image = runningImage(reference, imageRef);
  const isReported = imageRef !== '' && (image.pulled !== undefined || image.config !== undefined);
  return isReported ? image : { reference: image.reference, lookUp: true };
};
