import { printable } from '../../text/printable.ts';
import type { KubeObject } from '../object.ts';
import { NetworkError } from './errors.ts';
import { parseStatus, type Status } from './status.ts';

/** One line of a watch. ERROR carries a Status and is the last one; a BOOKMARK carries only a resourceVersion. */
export type WatchEvent =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: KubeObject }
  | { type: 'ERROR'; object: Status };

const EVENT_TYPES = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']);

/** @throws NetworkError when the line is not an event: the stream is broken */
export function parseWatchEvent(line: string): WatchEvent {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch (cause) {
    throw new NetworkError('a line of the watch is not JSON', { cause });
  }
  const { type, object } = (event ?? {}) as { type?: string; object?: unknown };
  if (type === undefined || !EVENT_TYPES.has(type) || typeof object !== 'object' || object === null) {
    throw new NetworkError(`a line of the watch is not an event: ${printable(line, 100)}`);
  }
  return type === 'ERROR' ? { type, object: parseStatus(500, JSON.stringify(object)) } : (event as WatchEvent);
}
