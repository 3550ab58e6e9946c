import { NetworkError } from './errors.ts';

/** The lines of a stream of bytes, without their ends; empty ones are left out. @throws NetworkError when cut in a line. */
export async function* readLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest: string[] = [];
  for await (const bytes of stream) {
    const parts = decoder.decode(bytes, { stream: true }).split('\n');
    rest.push(parts[0]!);
    for (const next of parts.slice(1)) {
      const line = rest.join('');
      rest = [next];
      if (line.trim() !== '') yield line;
    }
  }
  if (rest.join('').trim() !== '') throw new NetworkError('the stream ended in the middle of a line');
}
