import { createHash } from 'node:crypto';

/** What an ImageScan's Events have told, one text each: what is told already is not told again, also after a restart. */
export type Told = readonly string[];

/** Of so many facts the text is kept, so that an Event can name them when they are over. */
const MAX_TEXTS = 2_000;
const MAX_TEXT = 512;
/** Of the others a hash, 12 bytes each. With more than that, nothing new is told, rather than the same again and again. */
const MAX_HASHES = 100_000;

/** Base64: 72 bits. */
const HASH_LENGTH = 12;
const HASHES = 'hashes\t';

export const hashOf = (fact: string): string =>
  createHash('sha256').update(fact).digest('base64').slice(0, HASH_LENGTH);

/** Facts that were told. */
export interface Memory {
  readonly texts: readonly string[];
  /** Of facts without a text. */
  readonly hashes: ReadonlySet<string>;
  /** Not everything that was told may be in here. */
  readonly isFull: boolean;
  has(fact: string): boolean;
}

const split = (joined: string): string[] =>
  Array.from({ length: joined.length / HASH_LENGTH }, (_, n) => joined.slice(n * HASH_LENGTH, (n + 1) * HASH_LENGTH));

export const recall = (told: Told): Memory => {
  const texts = told.filter((text) => !text.startsWith(HASHES));
  const hashes = new Set(told.flatMap((text) => (text.startsWith(HASHES) ? split(text.slice(HASHES.length)) : [])));
  const known = new Set(texts);
  return {
    texts,
    hashes,
    isFull: hashes.size >= MAX_HASHES,
    has: (fact) => known.has(fact) || (hashes.size > 0 && hashes.has(hashOf(fact))),
  };
};

/** @param facts the first ones are kept as texts @param hashes of facts that were told before and are not among these */
export const remember = (facts: readonly string[], hashes: Iterable<string>): Told => {
  const short = facts.filter(({ length }) => length <= MAX_TEXT);
  const texts = short.slice(0, MAX_TEXTS);
  if (texts.length === facts.length) return withHashes(texts, new Set(hashes));
  const kept = new Set(texts);
  const others = facts.filter((text) => !kept.has(text)).map(hashOf);
  return withHashes(texts, new Set([...others, ...hashes]));
};

const withHashes = (texts: readonly string[], hashes: Set<string>): Told => {
  if (hashes.size === 0) return texts;
  for (const text of texts) hashes.delete(hashOf(text));
  const joined = [...hashes].slice(0, MAX_HASHES).sort().join('');
  return joined === '' ? texts : [...texts, `${HASHES}${joined}`];
};
