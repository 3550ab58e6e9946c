import type { PolicySpec } from '../../api/policy.ts';
import { listed } from '../../text/listed.ts';

const pattern = (text: string): string => (text.endsWith('/*') ? `everything below ${text.slice(0, -1)}` : text);

const repositories = (allowed: readonly string[] | undefined): string =>
  allowed === undefined ? 'any repository' : listed(allowed.map(pattern));

/** Which images may run, line by line. */
export const explainImages = ({ images, mode }: PolicySpec): string[] => {
  if (images === undefined) return ['Which images: this policy says nothing about them.'];
  const { allowed, requireDigest } = images;
  return [
    'Which images: for containers of every kind and image volumes, only those of',
    `  ${repositories(allowed)}, ${requireDigest === true ? 'each named by its digest' : 'with any tag or digest'}.`,
    '  The API server itself refuses a pod with another, also while the operator is down. Pods that run already go on.',
    ...(mode === 'Audit'
      ? ['  In mode Audit the API server warns whoever makes one, and writes it to its audit log.']
      : []),
    '  Every policy of the namespace must allow an image.',
  ];
};
