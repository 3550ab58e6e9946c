import { parseReference } from '../../../api/image-reference.ts';
import { printable } from '../../../text/printable.ts';
import type { Repository } from '../../image.ts';

/** An image that a container runs. */
export interface RunningImage {
  /** As the pod's author wrote it, but printable: the API server takes any text for an image. */
  readonly reference: string;
  /** The image that the node pulled; absent when the node reports only its ID, as for an image that was never pushed. */
  readonly pulled?: Repository & { readonly digest: string };
}

/** The bound of status.images[].image in the schema. */
const MAX_REFERENCE = 1024;

const DIGEST = /^sha256:[0-9a-f]{64}$/;

const pulledFrom = (name: string): RunningImage['pulled'] => {
  const { registry, repository, digest = '' } = parseReference(name) ?? {};
  if (registry === undefined || repository === undefined || !DIGEST.test(digest)) return undefined;
  return { registry, repository, digest };
};

/**
 * The image that a container runs by its status. `imageID` is `registry/name@sha256:…` of containerd and CRI-O,
 * `docker-pullable://…` of dockershim, or a bare ID, which no registry has.
 */
export const runningImage = (reference: string, imageID: string): RunningImage => {
  const name = imageID.replace(/^docker-pullable:\/\//, '');
  // A container whose reference names a digest runs that digest.
  const pulled = pulledFrom(name) ?? pulledFrom(reference);
  return { reference: printable(reference, MAX_REFERENCE), ...(pulled !== undefined && { pulled }) };
};
