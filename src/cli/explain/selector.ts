import type { PodSet, Requirement } from '../../policy/sections/network/requirements.ts';
import { listed } from '../../text/listed.ts';

const requirement = ({ key, operator, values }: Requirement): string => {
  if (operator === 'Exists') return `${key} set`;
  if (operator === 'DoesNotExist') return `${key} not set`;
  // An object without the label meets NotIn too.
  if (operator === 'NotIn') return `${key} not set or other than ${listed(values, 'or')}`;
  return values.length === 1 ? `${key}=${values[0]}` : `${key} one of ${listed(values, 'or')}`;
};

/** `pods with app=web and tier=front`, or `all pods` when nothing is required. */
export const selected = (noun: string, set: PodSet): string => {
  if (set.length === 0) return `all ${noun}`;
  const separator = set.some((r) => r.values.length > 1 || r.operator === 'NotIn') ? ', and ' : ' and ';
  return `${noun} with ${set.map(requirement).join(separator)}`;
};
