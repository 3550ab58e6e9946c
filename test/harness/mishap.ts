import type { IncomingMessage, ServerResponse } from 'node:http';

/** An answer in place of the API server's. */
export interface Refusal {
  readonly code: number;
  readonly reason: string;
  readonly retryAfterSeconds?: number;
}

/** It arrives when this is resolved. */
export interface Held {
  readonly until: Promise<unknown>;
}

/** The connection ends after so many bytes of the answer. */
export interface Reset {
  readonly resetAfter: number;
  /** FIN: the client still gets all of them. RST: it loses those that it has not read. */
  readonly by: 'FIN' | 'RST';
}

/**
 * What becomes of a request on its way: another answer in its place; it arrives later; it does not arrive and hangs; it arrives and the
 * answer is lost, or ends in its middle (of a watch: in the middle of an event); a watch is closed as soon as it is open,
 * or says 410 inside the stream.
 */
export type Mishap = Refusal | Held | Reset | 'unanswered' | 'answer lost' | 'cut short' | 'closed' | 'expired';

const status = ({ code, reason, retryAfterSeconds }: Refusal): string =>
  JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: `${reason}, played by a test`,
    reason,
    code,
    ...(retryAfterSeconds !== undefined && { details: { retryAfterSeconds } }),
  });

/** What a watch says when its beginning is forgotten. */
export const expiredEvent = `{"type":"ERROR","object":${status({ code: 410, reason: 'Expired' })}}\n`;

export const refuse = (to: ServerResponse, refusal: Refusal): void => {
  if (refusal.retryAfterSeconds !== undefined) to.setHeader('retry-after', refusal.retryAfterSeconds);
  to.writeHead(refusal.code, { 'content-type': 'application/json' }).end(status(refusal));
};

/** Passes an answer on until its connection ends. */
export const reset = (answer: IncomingMessage, to: ServerResponse, { resetAfter, by }: Reset): void => {
  const end = () => (by === 'RST' ? to.socket?.resetAndDestroy() : to.destroy());
  let left = resetAfter;
  answer.on('data', (chunk: Buffer) => {
    const passed = chunk.subarray(0, left);
    left -= passed.length;
    if (passed.length < chunk.length) {
      answer.destroy();
      to.write(passed, end);
    } else to.write(passed);
  });
  answer.on('end', () => to.end());
};

/** The connection is reset after half of what comes first. */
export const endHalfWay = (answer: IncomingMessage, to: ServerResponse): void => {
  answer.once('data', (chunk: Buffer) => {
    to.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => to.destroy());
    answer.resume();
  });
};
