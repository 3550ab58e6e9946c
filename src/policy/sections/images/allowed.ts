import { hasRegistry, parseReference } from '../../../api/image-reference.ts';
import type { ImagesSection } from '../../../api/policy.ts';
import { matchesRepository, repositoryOf } from '../../../api/repository-pattern.ts';

const PINNED = /^sha256:[0-9a-f]{64}$/;

/** Whether a policy allows an image, as the API server decides by config/admission/trusted-images.yaml. */
export const isAllowed = ({ allowed, requireDigest, requireRegistry }: ImagesSection, image: string): boolean => {
  const reference = parseReference(image);
  if (reference === undefined) return false;
  if (requireDigest === true && !PINNED.test(reference.digest ?? '')) return false;
  if (requireRegistry === true && !hasRegistry(image)) return false;
  const repository = repositoryOf(reference);
  return allowed === undefined || allowed.some((pattern) => matchesRepository(repository, pattern));
};

/** What is allowed, in the words of the API server's refusal. */
export const describeAllowed = ({ allowed, requireDigest, requireRegistry }: ImagesSection): string =>
  (allowed?.join(', ') ?? 'every repository') +
  (requireDigest === true ? ', each by its digest (name@sha256:...)' : '') +
  (requireRegistry === true ? ', each with its registry' : '');
