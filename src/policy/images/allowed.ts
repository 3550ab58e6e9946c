import type { ImagesSection } from '../../api/policy.ts';
import { parseReference } from './reference.ts';

const PINNED = /^sha256:[0-9a-f]{64}$/;

/** `/*` at the end stands for every repository below; anything else is one repository. */
const matches = (name: string, pattern: string): boolean =>
  pattern.endsWith('/*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

/** Whether a policy lets a pod have an image, as the API server decides by config/admission/trusted-images.yaml. */
export const isAllowed = ({ allowed, requireDigest }: ImagesSection, image: string): boolean => {
  const reference = parseReference(image);
  if (reference === undefined) return false;
  if (requireDigest === true && !PINNED.test(reference.digest ?? '')) return false;
  const name = `${reference.registry}/${reference.repository}`;
  return allowed === undefined || allowed.some((pattern) => matches(name, pattern));
};

/** What is allowed, in the words of the API server's refusal. */
export const describeAllowed = ({ allowed, requireDigest }: ImagesSection): string =>
  `${allowed?.join(', ') ?? 'every repository'}${requireDigest === true ? ', each by its digest (name@sha256:...)' : ''}`;
