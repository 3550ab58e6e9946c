import type { ImagesSection } from '../../api/policy.ts';
import { listed } from './words.ts';

const pattern = (text: string): string => (text.endsWith('/*') ? `everything below ${text.slice(0, -1)}` : text);

const repositories = (allowed: readonly string[] | undefined): string =>
  allowed === undefined ? 'any repository' : listed(allowed.map(pattern));

/** Which images may run, line by line. */
export const explainImages = (section: ImagesSection | undefined): string[] => {
  if (section === undefined) return ['Which images: this policy says nothing about them.'];
  const { allowed, requireDigest } = section;
  return [
    'Which images: for containers of every kind and image volumes, only those of',
    `  ${repositories(allowed)}, ${requireDigest === true ? 'each named by its digest' : 'with any tag or digest'}.`,
    '  The API server itself refuses a pod with another, also while the operator is down. Pods that run already go on.',
    '  Every policy of the namespace must allow an image.',
  ];
};
