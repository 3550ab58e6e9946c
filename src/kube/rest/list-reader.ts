import { isObject } from '../../text/is-object.ts';
import { printable } from '../../text/printable.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** Depth of the brackets inside `items`. */
const IN_ITEMS = 2;
/** Of everything but the items: kind, apiVersion and metadata. */
const MAX_ENVELOPE_BYTES = 1 << 20;

const parse = (text: string, part: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Reported below, with the beginning of the text.
  }
  throw new Error(`${part} is not a JSON object: ${printable(text, 100)}`);
};

/**
 * Reads the JSON of a list as it arrives, one item at a time: a page may be longer than the longest string. Only brackets
 * and strings are followed here, and JSON.parse reads each item, in less than twice the CPU time of JSON.parse alone.
 * Parsers of streams need six times as much for the same pods (@streamparser/json 0.0.26).
 */
export class ListReader {
  readonly #each: (item: Record<string, unknown>) => void;
  readonly #envelope: Uint8Array[] = [];
  #envelopeBytes = 0;
  #item: Uint8Array[] = [];
  #depth = 0;
  #inString = false;
  #escaped = false;
  #inItems = false;

  /** @param each called with each item in order */
  constructor(each: (item: Record<string, unknown>) => void) {
    this.#each = each;
  }

  /** @throws Error when it is not the JSON of a list */
  write(chunk: Uint8Array): void {
    let start = 0;
    for (let i = this.#inString ? this.#endOfString(chunk, 0) + 1 : 0; i < chunk.length; i += 1) {
      const byte = chunk[i]!;
      if (byte === QUOTE) {
        if (this.#isBetweenItems()) this.#refuse();
        i = this.#endOfString(chunk, i + 1);
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) start = this.#opens(chunk, start, i);
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) start = this.#closes(chunk, start, i);
      else if (this.#isBetweenItems() && byte !== COMMA && !SPACES.has(byte)) this.#refuse();
    }
    this.#keep(chunk.subarray(start));
  }

  /** Everything but the items. @throws Error when the list is not complete */
  end(): Record<string, unknown> {
    return parse(Buffer.concat(this.#envelope).toString(), 'the list');
  }

  #isBetweenItems(): boolean {
    return this.#inItems && this.#depth === IN_ITEMS;
  }

  #refuse(): never {
    throw new Error('an item of the list is not a JSON object');
  }

  /** @returns where the closing quote is, or the end of the chunk */
  #endOfString(chunk: Uint8Array, from: number): number {
    let i = from + (this.#escaped ? 1 : 0);
    while (i < chunk.length && chunk[i] !== QUOTE) i += chunk[i] === BACKSLASH ? 2 : 1;
    this.#inString = i >= chunk.length;
    // The escaped character is in the next chunk.
    this.#escaped = i > chunk.length;
    return i;
  }

  /** @returns where the next part begins */
  #opens(chunk: Uint8Array, start: number, at: number): number {
    if (this.#isBetweenItems()) {
      if (chunk[at] !== OPEN_BRACE) this.#refuse();
      this.#depth += 1;
      return at;
    }
    this.#depth += 1;
    if (this.#inItems || this.#depth !== IN_ITEMS || chunk[at] !== OPEN_BRACKET) return start;
    this.#keep(chunk.subarray(start, at + 1));
    this.#inItems = /"items"\s*:\s*\[$/.test(Buffer.concat(this.#envelope).toString());
    return at + 1;
  }

  /** @returns where the next part begins */
  #closes(chunk: Uint8Array, start: number, at: number): number {
    this.#depth -= 1;
    if (!this.#inItems) return start;
    if (this.#depth === IN_ITEMS) {
      this.#item.push(chunk.subarray(start, at + 1));
      const text = Buffer.concat(this.#item).toString();
      this.#item = [];
      this.#each(parse(text, 'an item of the list'));
      return at + 1;
    }
    if (this.#depth > IN_ITEMS) return start;
    this.#inItems = false;
    return at;
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0 || this.#isBetweenItems()) return;
    if (this.#inItems) {
      this.#item.push(part);
      return;
    }
    this.#envelope.push(part);
    this.#envelopeBytes += part.length;
    if (this.#envelopeBytes > MAX_ENVELOPE_BYTES) throw new Error('the list has more than items and metadata');
  }
}
