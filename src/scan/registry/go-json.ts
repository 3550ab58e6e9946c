/** A Go type, as far as manifests need it. */
export type Shape =
  | { readonly kind: 'string' | 'integer' | 'byte' | 'bytes' | 'strings' | 'map' }
  /** Of any type: true unless it is null. */
  | { readonly kind: 'any' }
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'struct'; readonly fields: ReadonlyMap<string, { readonly name: string; readonly shape: Shape }> };

interface Decoded {
  /** Only fields that the text has; one that is null or of another type is undefined. */
  readonly value: unknown;
  /** Path of a field of another type than Go expects: Go returns an error. */
  readonly wrong?: string;
  /** Path of a field that an object has twice. Go's versions and other readers disagree about which one counts. */
  readonly repeated?: string;
}

/** The letters that encoding/json takes for an ASCII letter: both cases, the long s and the sign for kelvin. */
const fold = (key: string): string =>
  key.replaceAll(/[A-Z\u017f\u212a]/g, (letter) => {
    if (letter === '\u017f') return 's';
    return letter === '\u212a' ? 'k' : letter.toLowerCase();
  });

export const struct = (fields: Readonly<Record<string, Shape>>): Shape => ({
  kind: 'struct',
  fields: new Map(Object.entries(fields).map(([name, shape]) => [fold(name), { name, shape }])),
});

const INTEGER = /^-?\d{1,19}$/;
const MOST = 2n ** 63n;

const isInt64 = (text: string): boolean => INTEGER.test(text) && BigInt(text) < MOST && BigInt(text) >= -MOST;

/** As base64.StdEncoding reads it. */
const isBase64 = (text: string): boolean => {
  const written = text.replaceAll(/[\r\n]/g, '');
  return written.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(written);
};

/** @param start of a string in JSON */
const endOfString = (text: string, start: number): number => {
  let quote = start;
  do {
    quote = text.indexOf('"', quote + 1);
    if (quote < 0) return text.length;
  } while (isEscaped(text, quote));
  return quote + 1;
};

const isEscaped = (text: string, at: number): boolean => {
  let slashes = 0;
  while (text[at - 1 - slashes] === '\\') slashes += 1;
  return slashes % 2 === 1;
};

const MOST_VALUES = 100_000;
const DEEPEST = 100;

/** Whether JSON takes so long to parse that it would block the event loop: no image has so many values, or so deep ones. */
export const isExcessive = (text: string): boolean => {
  const next = /["[\]{},]/g;
  let depth = 0;
  let values = 0;
  for (let found = next.exec(text); found !== null; found = next.exec(text)) {
    values += 1;
    const [mark] = found;
    if (mark === '"') next.lastIndex = endOfString(text, found.index);
    else if (mark === '{' || mark === '[') depth += 1;
    else if (mark !== ',') depth -= 1;
    if (values > MOST_VALUES || depth > DEEPEST) return true;
  }
  return false;
};

/** Reads a text that is known to be valid JSON, without a copy of the parts that nobody asks for. */
class Decoder {
  readonly #text: string;
  #at = 0;
  wrong: string | undefined;
  repeated: string | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  value(shape: Shape, path: string): unknown {
    const first = this.#next();
    if (first === 'n') return this.#skip();
    if (shape.kind === 'struct' && first === '{') return this.#struct(shape, path);
    if (shape.kind === 'map' && first === '{') return this.#map(path);
    if (shape.kind === 'list' && first === '[') return this.#list(shape.of, path);
    if (shape.kind === 'strings' && first === '[') return this.#list({ kind: 'string' }, path);
    if (shape.kind === 'bytes' && first === '[') return this.#list({ kind: 'byte' }, path);
    if (shape.kind === 'string' && first === '"') return this.#string();
    const start = this.#at;
    this.#skip();
    if (shape.kind === 'any') return true;
    const text = this.#text.slice(start, this.#at);
    if (shape.kind === 'integer' && isInt64(text)) return Number(text);
    if (shape.kind === 'byte' && /^\d{1,3}$/.test(text) && Number(text) < 256) return Number(text);
    if (shape.kind === 'bytes' && first === '"' && isBase64(JSON.parse(text))) return undefined;
    this.wrong ??= path;
    return undefined;
  }

  /** The next character that is no white space. */
  #next(): string {
    while (' \t\r\n'.includes(this.#text[this.#at]!)) this.#at += 1;
    return this.#text[this.#at]!;
  }

  *#items(end: string): Generator<void> {
    this.#at += 1;
    for (let next = this.#next(); next !== end; next = this.#next()) {
      if (next === ',') this.#at += 1;
      else yield;
    }
    this.#at += 1;
  }

  #key(): string {
    const key = this.#string();
    this.#next();
    this.#at += 1;
    return key;
  }

  #struct({ fields }: Shape & { kind: 'struct' }, path: string): Record<string, unknown> {
    const read: Record<string, unknown> = {};
    for (const _ of this.#items('}')) {
      const field = fields.get(fold(this.#key()));
      if (field === undefined) {
        this.#skip();
        continue;
      }
      const at = path === '' ? field.name : `${path}.${field.name}`;
      if (Object.hasOwn(read, field.name)) this.repeated ??= at;
      read[field.name] = this.value(field.shape, at);
    }
    return read;
  }

  #map(path: string): ReadonlyMap<string, unknown> {
    const read = new Map<string, unknown>();
    for (const _ of this.#items('}')) read.set(this.#key(), this.value({ kind: 'string' }, path));
    return read;
  }

  #list(of: Shape, path: string): unknown[] {
    const read: unknown[] = [];
    for (const _ of this.#items(']')) read.push(this.value(of, path));
    return read;
  }

  #string(): string {
    this.#next();
    const start = this.#at;
    this.#skipString();
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #skipString(): void {
    this.#at = endOfString(this.#text, this.#at);
  }

  #skip(): undefined {
    let depth = 0;
    do {
      const next = this.#next();
      if (next === '"') this.#skipString();
      else if ('{}[],:'.includes(next)) this.#at += 1;
      else while (/[^\s,:{}[\]]/.test(this.#text[this.#at] ?? ' ')) this.#at += 1;
      if ('{['.includes(next)) depth += 1;
      else if ('}]'.includes(next)) depth -= 1;
    } while (depth > 0);
  }
}

/**
 * Reads JSON as encoding/json of Go does, which every container runtime uses: a key counts in upper and lower case, null
 * leaves a field as it is, and fields that the type does not have are skipped.
 * @param text valid JSON
 */
export const decodeAsGo = (text: string, shape: Shape): Decoded => {
  const decoder = new Decoder(text);
  const value = decoder.value(shape, '');
  const { wrong, repeated } = decoder;
  return { value, ...(wrong !== undefined && { wrong }), ...(repeated !== undefined && { repeated }) };
};
