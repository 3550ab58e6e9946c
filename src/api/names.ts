import { createHash } from 'node:crypto';

/** Limit of a label value, and of an object's name that may also be used as one. */
const MAX_LENGTH = 63;
const HASH_LENGTH = 8;

/** Short and stable; equal only for equal input. */
const shortHash = (parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, HASH_LENGTH);

/**
 * The name of a generated object: `<policy>-<what>-<hash>`, at most 63 characters and a valid DNS subdomain.
 * The hash covers the whole policy name, what, and whatever else makes the object unique, so cutting the readable
 * part never makes two names equal.
 */
export const childName = (policy: string, what: string, ...unique: readonly string[]): string => {
  const room = MAX_LENGTH - HASH_LENGTH - 1;
  // A DNS label may not end in a dot or dash.
  const readable = `${policy}-${what}`.slice(0, room).replace(/[^a-z0-9]+$/, '');
  return `${readable}-${shortHash([policy, what, ...unique])}`;
};
