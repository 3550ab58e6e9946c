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
  // The keys of a long list are not made before its first item is looked at.
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    if (left < 0) return left;
    const keySize = typeof key === 'string' ? key.length : 0;
    left = without(left - keySize, (value as Record<string | number, unknown>)[key]);
  }
  return left;
};

const text = (value: string): string => `s${value.length}:${value}`;

/** Equal for equal values, and only for them. Cheaper than JSON with sorted keys, since texts need no escapes. */
const canonical = (value: unknown): string => {
  if (typeof value === 'string') return text(value);
  if (typeof value !== 'object' || value === null) return `${value};`;
  let all = '';
  if (Array.isArray(value)) {
    for (const item of value) all += canonical(item);
    return `[${all}]`;
  }
  for (const key of Object.keys(value).sort()) all += text(key) + canonical((value as Record<string, unknown>)[key]);
  return `{${all}}`;
};

const hashOf = (value: unknown): Compacted => ({
  sha256: createHash('sha256').update(canonical(value)).digest('hex'),
});

/** Whether a cache should not keep the value. */
export const isLarge = (value: unknown): boolean => without(MAX_SIZE, value) < 0;
const small = (value: unknown): unknown => (isLarge(value) ? hashOf(value) : value);

/**
 * A field of an object for comparisons, in bounded memory: a user who may create NetworkPolicies can make them look like
 * generated ones, of more than a megabyte each. The small fields of a large spec stay, such as its podSelector.
 */
export const compact = (field: unknown): unknown =>
  isLarge(field) && isObject(field)
    ? Object.fromEntries(Object.entries(field).map(([key, value]) => [key, small(value)]))
    : small(field);
