import type { PodSet, Requirement } from '../../policy/sections/network/requirements.ts';
import { listed } from '../../text/listed.ts';

/** `with app=web and tier=front`, `whose label app is a or b`. */
const phrases = (set: PodSet): string[] => {
  const isList = ({ operator, values }: Requirement): boolean => operator === 'NotIn' || values.length > 1;
  const plain = set.filter((r) => !isList(r)).map(requirement);
  return [...(plain.length > 0 ? [`with ${plain.join(' and ')}`] : []), ...set.filter(isList).map(requirement)];
};

const requirement = ({ key, operator, values }: Requirement): string => {
  if (operator === 'Exists') return `${key} set`;
  if (operator === 'DoesNotExist') return `${key} not set`;
  // An object without the label meets NotIn too.
  if (operator === 'NotIn') return `whose label ${key} is not set or other than ${listed(values, 'or')}`;
  return values.length === 1 ? `${key}=${values[0]}` : `whose label ${key} is ${listed(values, 'or')}`;
};

/** `pods with app=web and tier=front`, or `all pods` when nothing is required. */
export const selected = (noun: string, set: PodSet): string =>
  set.length === 0 ? `all ${noun}` : `${noun} ${phrases(set).join(', and ')}`;
