import { isObject } from '../../text/is-object.ts';
import { printable } from '../../text/printable.ts';

interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** `Status` of meta/v1, with which the API server refuses a request. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  status?: string;
  message: string;
  reason: string;
  code: number;
  details?: { name?: string; group?: string; kind?: string; causes?: StatusCause[]; retryAfterSeconds?: number };
}

/** The Status in a response body, or one made from it: a proxy, and the 404 of an unknown path, send no JSON. */
export function parseStatus(code: number, text: string): Status {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const given = isObject(body) && body.kind === 'Status' ? body : {};
  const made: Status = {
    kind: 'Status',
    apiVersion: 'v1',
    code: typeof given.code === 'number' ? given.code : code,
    reason: typeof given.reason === 'string' ? given.reason : '',
    message: typeof given.message === 'string' ? given.message : printable(text, 500) || `HTTP ${code}`,
  };
  if (typeof given.status === 'string') made.status = given.status;
  if (isObject(given.details)) made.details = given.details as NonNullable<Status['details']>;
  return made;
}
