/** How many numbers are sorted at a time. */
const PART = 2 ** 17;
/** Numbers are below it. */
const END = 2 ** 52;

/**
 * A text as a number of 52 bits (cyrb53 by bryc, public domain): two of millions are equal with a chance of one in a hundred.
 * A user who makes equal ones on purpose only miscounts their own findings.
 */
const numberOf = (text: string): number => {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 2 ** 32 * (b & 0xfffff) + (a >>> 0);
};

/** Texts as sorted numbers, 8 bytes each. Threads share them without a copy. */
export const numbersOf = (keys: Iterable<string>): Float64Array => {
  const numbers = Array.from(keys, numberOf);
  const shared = new Float64Array(new SharedArrayBuffer(numbers.length * Float64Array.BYTES_PER_ELEMENT));
  shared.set(numbers);
  return shared.sort();
};

/** How many different numbers there are in several sorted lists. Takes memory for a part of them at a time. */
export const countDistinct = (lists: readonly Float64Array[]): number => {
  const total = lists.reduce((sum, { length }) => sum + length, 0);
  const parts = Math.ceil(total / PART);
  const places = lists.map(() => 0);
  let distinct = 0;
  for (let part = 1; part <= parts; part += 1) {
    const end = part === parts ? Number.POSITIVE_INFINITY : (END / parts) * part;
    distinct += countWithin(lists, places, end);
  }
  return distinct;
};

/** Of the numbers below `end`. @param places where each list continues; moved */
const countWithin = (lists: readonly Float64Array[], places: number[], end: number): number => {
  const found: number[] = [];
  for (const [i, list] of lists.entries()) {
    let place = places[i] ?? 0;
    while (place < list.length && list[place]! < end) {
      found.push(list[place]!);
      place += 1;
    }
    places[i] = place;
  }
  return Float64Array.from(found)
    .sort()
    .reduce((count, number, i, sorted) => count + (i === 0 || number !== sorted[i - 1] ? 1 : 0), 0);
};
