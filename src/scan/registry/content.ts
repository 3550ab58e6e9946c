import { createHash } from 'node:crypto';
import { readBounded } from '../../text/read-bounded.ts';
import { ScanError } from '../scan-error.ts';
import type { Descriptor } from './manifest.ts';
import { networkError } from './network-error.ts';
import { discard, type HttpAnswer } from './transport.ts';

export const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** The length that an answer announces, bytes; undefined when it does not. */
const promised = (answer: HttpAnswer): number | undefined => {
  const length = answer.header('content-length');
  return length === undefined ? undefined : Number(length);
};

/** A body in parts. @throws ScanError Unreachable when the connection breaks; the signal's reason when that ends it */
export async function* parts(
  answer: HttpAnswer,
  what: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const part of answer.body) yield part as Buffer;
  } catch (error) {
    signal.throwIfAborted();
    throw networkError(error, what, answer.url.host);
  }
}

/** The beginning of the body of an error response; '' when even that fails. */
export const readBeginning = async (answer: HttpAnswer, maxBytes: number, signal: AbortSignal): Promise<string> => {
  const read: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of parts(answer, '', signal)) {
      read.push(part);
      length += part.length;
      if (length >= maxBytes) break;
    }
  } catch {
    signal.throwIfAborted();
  }
  return Buffer.concat(read).toString('utf8', 0, maxBytes);
};

/** A whole body that may not be longer than `maxBytes`. @throws ScanError TooLarge, Unreachable */
export const readBody = async (
  answer: HttpAnswer,
  maxBytes: number,
  what: string,
  signal: AbortSignal,
): Promise<Buffer> => {
  const tooLarge = () => {
    discard(answer);
    return new ScanError('TooLarge', `${what} is longer than ${maxBytes} bytes, the limit: check the registry`);
  };
  if ((promised(answer) ?? 0) > maxBytes) throw tooLarge();
  const body = await readBounded(parts(answer, what, signal), maxBytes);
  if (body === undefined) throw tooLarge();
  return body;
};

export const damaged = (what: string, how: string): ScanError =>
  new ScanError('DamagedImage', `${what} ${how}: push the image again, or repair the registry's storage`);

/** @throws ScanError DamagedImage for an answer that announces another length */
export const checkLength = (answer: HttpAnswer, size: number, what: string): void => {
  const length = promised(answer);
  if (length === undefined || length === size) return;
  discard(answer);
  throw damaged(what, `should have ${size} bytes and has ${length}`);
};

/**
 * Content in parts, whose end is reached only when it had the size and the digest of its descriptor. What comes beyond
 * the size is never yielded.
 * @param what names it in messages
 * @throws ScanError DamagedImage, and what the content throws
 */
export async function* verified(
  content: AsyncIterable<Buffer>,
  { digest, size }: Descriptor,
  what: string,
): AsyncGenerator<Buffer, void, undefined> {
  const hash = createHash('sha256');
  let received = 0;
  for await (const part of content) {
    received += part.length;
    if (received > size) throw damaged(what, `has more than its ${size} bytes`);
    hash.update(part);
    yield part;
  }
  if (received < size) throw damaged(what, `should have ${size} bytes and has ${received}`);
  const found = `sha256:${hash.digest('hex')}`;
  if (found !== digest) throw damaged(what, `has content of digest ${found}`);
}
