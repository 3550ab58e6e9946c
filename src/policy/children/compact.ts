import { createHash } from 'node:crypto';
import { isObject } from '../../text/is-object.ts';

/** Stands for a value that is too large to keep: equal values have equal ones, whatever the order of their keys. */
interface Compacted {
  readonly sha256: string;
}

/** In characters. Generated objects are smaller, unless their policy is huge. */
const MAX_SIZE = 32 * 1024;
/** Of a number, a key and its quotes, or a bracket. */
const NODE_SIZE = 8;

/** What is left of `size` after a value, negative when it is larger; large values are not walked to their end. */
const without = (size: number, value: unknown): number => {
  if (typeof value === 'string') return size - NODE_SIZE - value.length;
  if (typeof value !== 'object' || value === null) return size - NODE_SIZE;
  let left = size - NODE_SIZE;
  for (const [key, child] of Object.entries(value)) {
    if (left < 0) return left;
    left = without(left - key.length, child);
  }
  return left;
};

const sorted = (_key: string, value: unknown): unknown =>
  isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;

const hashOf = (value: unknown): Compacted => ({
  sha256: createHash('sha256').update(JSON.stringify(value, sorted)).digest('hex'),
});

/** Whether a cache should not keep the value. */
export const isLarge = (value: unknown): boolean => without(MAX_SIZE, value) < 0;
const small = (value: unknown): unknown => (isLarge(value) ? hashOf(value) : value);

/**
 * A field of an object for comparisons, in bounded memory: whoever may create NetworkPolicies may let them look like
 * generated ones, of more than a megabyte each. Of a large spec the small fields stay, such as its podSelector.
 */
export const compact = (field: unknown): unknown =>
  isLarge(field) && isObject(field)
    ? Object.fromEntries(Object.entries(field).map(([key, value]) => [key, small(value)]))
    : small(field);
