import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** No record of a flow is longer; a list of many in one line may be. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

const [NEWLINE, GZIP] = [0x0a, 0x1f8b];

/** A line of a log. Absent text: it is longer than can be read. */
export interface Line {
  readonly number: number;
  readonly text?: string;
}

const isGzip = (first: Uint8Array): boolean => first.length >= 2 && ((first[0]! << 8) | first[1]!) === GZIP;

/** The content, unpacked where its first bytes say that it is packed: a name may not say it, and stdin has none. */
export async function* unpacked(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = stream[Symbol.asyncIterator]();
  let first = Buffer.alloc(0);
  for (let part = await source.next(); part.done !== true; part = await source.next()) {
    first = Buffer.concat([first, part.value]);
    if (first.length >= 2) break;
  }
  const all = (async function* () {
    if (first.length > 0) yield first;
    yield* { [Symbol.asyncIterator]: () => source };
  })();
  if (!isGzip(first)) return yield* all;
  const gunzip = createGunzip();
  // An error of either stream reaches the reader of the content.
  pipeline(Readable.from(all), gunzip, () => {});
  yield* gunzip as AsyncIterable<Uint8Array>;
}

/** The lines of a stream, in bounded memory. @param most bytes of a line that is read */
export async function* linesOf(stream: AsyncIterable<Uint8Array>, most: number = MAX_LINE_BYTES): AsyncGenerator<Line> {
  let [number, bytes, parts]: [number, number, Uint8Array[]] = [1, 0, []];
  const take = (part: Uint8Array): void => {
    bytes += part.length;
    // Of a line that is too long, nothing is kept.
    if (bytes > most) parts = [];
    else if (part.length > 0) parts.push(part);
  };
  const end = (): Line => {
    const line = bytes > most ? { number } : { number, text: Buffer.concat(parts).toString() };
    [number, bytes, parts] = [number + 1, 0, []];
    return line;
  };
  for await (const chunk of stream) {
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
      take(chunk.subarray(start, at));
      yield end();
      start = at + 1;
    }
    take(chunk.subarray(start));
  }
  if (bytes > 0) yield end();
}
