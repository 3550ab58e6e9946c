import { NetworkError } from './errors.ts';

/** More bytes than their reader allows. */
export class TooLong extends NetworkError {
  constructor(maxBytes: number) {
    super(`more than ${maxBytes} bytes`);
  }
}

/**
 * The lines of a stream of bytes, without their ends; empty ones are left out. Of a line that is too long no more is read.
 * @throws NetworkError when cut in a line, TooLong
 */
export async function* readLines(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest: string[] = [];
  let restBytes = 0;
  for await (const bytes of stream) {
    const parts = decoder.decode(bytes, { stream: true }).split('\n');
    rest.push(parts[0]!);
    restBytes += bytes.length;
    for (const next of parts.slice(1)) {
      const line = rest.join('');
      rest = [next];
      restBytes = Buffer.byteLength(next);
      if (line.trim() !== '') yield line;
    }
    if (restBytes > maxBytes) throw new TooLong(maxBytes);
  }
  if (rest.join('').trim() !== '') throw new NetworkError('the stream ended in the middle of a line');
}
