import type { PolicySpec } from '../../api/policy.ts';
import { listed } from '../../text/listed.ts';

const pattern = (text: string): string => (text.endsWith('/*') ? `every repository below ${text.slice(0, -1)}` : text);

const repositories = (allowed: readonly string[] | undefined): string =>
  allowed === undefined ? 'any repository' : listed(allowed.map(pattern));

const ON_VIOLATION = {
  Wait: 'onViolation Wait: the API server warns of any other image at once; it rejects a pod with one only after no running pod and no workload of the namespace has one.',
  Enforce: 'onViolation Enforce: the API server rejects a pod with any other image at once.',
} as const;

/** The allowed images, line by line. */
export const explainImages = ({ images, mode }: PolicySpec): string[] => {
  if (images === undefined) return ['Images: not restricted by this policy.'];
  const { allowed, requireDigest, requireRegistry, onViolation = 'Wait' } = images;
  return [
    'Images: containers of every kind and image volumes may use only images from',
    `  ${repositories(allowed)}, ${requireDigest === true ? 'referenced by digest' : 'with any tag or digest'}${requireRegistry === true ? ', and with the registry' : ''}.`,
    `  ${ON_VIOLATION[onViolation]}`,
    '  Rules in force hold even while the operator is down. Running pods are not affected.',
    ...(mode === 'Audit'
      ? [
          '  In mode Audit the API server admits the pod, returns a warning, and records the violation in its audit log.',
        ]
      : []),
    '  Every policy in the namespace must allow an image.',
  ];
};
