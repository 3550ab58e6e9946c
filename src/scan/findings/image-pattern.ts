import { parseReference } from '../../api/image-reference.ts';
import { matchesRepository, repositoryOf } from '../../api/repository-pattern.ts';

/** The images that an exception is about. */
export interface ImagePattern {
  /** As matchesRepository reads it. */
  readonly repository: string;
  readonly digest?: string;
}

/** The image that a pattern is compared with. */
export interface ImageName {
  /** As the pod or target.images has it. */
  readonly reference: string;
  /** The digest that runs. */
  readonly digest: string;
}

const BELOW = '/*';
// Two segments, for docker.io/a is docker.io/library/a.
const PROBE = '/a/a';

const readBelow = (path: string): ImagePattern | undefined => {
  const probe = parseReference(`${path}${PROBE}`);
  return probe && { repository: `${repositoryOf(probe).slice(0, -PROBE.length)}${BELOW}` };
};

const isTagged = (text: string): boolean => /:[^/]*$/.test(text.split('@')[0]!.replace(/^.*\//, ''));

/**
 * Reads `exceptions[].image`: a repository, all repositories below a path (`/*`), or `repository@sha256:digest`.
 * @returns a text with cause and cure when it is none of these
 */
export const readImagePattern = (text: string): ImagePattern | string => {
  if (text.endsWith(BELOW)) {
    return readBelow(text.slice(0, -BELOW.length)) ?? 'is not a path of a registry: write registry/path/*';
  }
  if (text.includes('*')) return 'has a * that is not its last part: write registry/path/*';
  const reference = parseReference(text);
  if (reference === undefined) {
    return 'is not an image: write a repository, as in registry.example.com/team/app, or repository@sha256:digest';
  }
  if (isTagged(text)) return 'has a tag, which can move: write the repository alone, or repository@sha256:digest';
  const { digest } = reference;
  return { repository: repositoryOf(reference), ...(digest !== undefined && { digest: digest.toLowerCase() }) };
};

/** A digest is the one that runs, or the one that the reference pins: an index has several images. */
export const matchesImage = (pattern: ImagePattern, image: ImageName): boolean => {
  const reference = parseReference(image.reference);
  if (reference === undefined || !matchesRepository(repositoryOf(reference), pattern.repository)) return false;
  return pattern.digest === undefined || [image.digest, reference.digest].includes(pattern.digest);
};
