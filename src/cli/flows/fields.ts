import ipaddr from 'ipaddr.js';
import { parseAddress } from '../../reach/address-block.ts';
import type { Labels, Protocol } from '../../reach/world.ts';
import { isObject } from '../../text/is-object.ts';
import type { ObservedEnd, ReadRecord } from './observed.ts';

/** A record of a log that cannot be read. The message continues `file: line 3: `. */
export class UnreadableRecord extends Error {
  override name = 'UnreadableRecord';
}

/** The result of a parser that throws UnreadableRecord. */
export const reading = (parse: () => ReadRecord): ReadRecord => {
  try {
    return parse();
  } catch (error) {
    if (error instanceof UnreadableRecord) return { unreadable: error.message };
    throw error;
  }
};

/** Calico writes `-` for nothing. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value !== '-' ? value : undefined;

/** A number, or the text of one: JSON of protocol buffers has 64-bit numbers as texts. */
export const numberOf = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
};

const MAX_PORT = 65_535;

/** @throws UnreadableRecord */
export const portOf = (value: unknown, field: string): number | undefined => {
  if (value === undefined || value === null || value === '-') return undefined;
  const port = numberOf(value);
  if (port === undefined || port < 0 || port > MAX_PORT) throw new UnreadableRecord(`${field} is no port`);
  return port === 0 ? undefined : port;
};

/** @throws UnreadableRecord */
export const addressOf = (value: unknown, field: string): string | undefined => {
  const text = textOf(value);
  if (text !== undefined && parseAddress(text) === undefined) throw new UnreadableRecord(`${field} is no IP address`);
  return text;
};

/** RFC 3339 has no later years. */
const LAST_TIME = Date.parse('9999-12-31T23:59:59Z');

/** Seconds since 1970, or RFC 3339, in milliseconds. A time that is none is as good as no time. */
export const timeOf = (value: unknown): number | undefined => {
  const seconds = numberOf(value);
  const time = seconds === undefined ? Date.parse(textOf(value) ?? '') : seconds * 1000;
  return time > 0 && time <= LAST_TIME ? time : undefined;
};

/** `app=web`, as objects of logs have labels in lists. */
export const labelsOf = (items: readonly unknown[]): Labels | undefined => {
  const labels = items.flatMap((item): [string, string][] => {
    const text = textOf(item) ?? '';
    const at = text.indexOf('=');
    return at > 0 ? [[text.slice(0, at), text.slice(at + 1)]] : [];
  });
  return labels.length > 0 ? Object.fromEntries(labels) : undefined;
};

export const objectOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {});

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  ...{ tcp: 'TCP', udp: 'UDP', sctp: 'SCTP' },
  // The numbers of IANA.
  ...{ 6: 'TCP', 17: 'UDP', 132: 'SCTP' },
};

/** Undefined: a protocol that NetworkPolicies do not govern. */
export const protocolOf = (value: string | number): Protocol | undefined => {
  const name = String(value).toLowerCase();
  return Object.hasOwn(PROTOCOLS, name) ? PROTOCOLS[name] : undefined;
};

const LOCAL = ['loopback', 'multicast', 'broadcast', 'unspecified'];

/** Whether a packet of these ends leaves no host, or has no one destination. */
export const isLocal = (...ends: readonly ObservedEnd[]): boolean =>
  ends.some(({ address }) => address !== undefined && LOCAL.includes(ipaddr.process(address).range()));
