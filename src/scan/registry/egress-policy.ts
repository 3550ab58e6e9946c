import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { printableAscii } from '../../text/printable.ts';
import { ScanError } from '../scan-error.ts';
import { addressKind, isLoopback } from './address.ts';

/**
 * How far a connection may reach.
 * - any: to every address, since the administrator named this very address
 * - private: to every address but local ones (addressKind)
 * - public: to the internet only
 */
export type Reach = 'any' | 'private' | 'public';

/** The target of a request. */
export interface Target {
  readonly url: URL;
  readonly reach: Reach;
}

const EVERY_REGISTRY = '*';
const WILDCARD = '*.';
const NAME = /^(\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?)(?::(\d{1,5}))?$/;
const DOCKER_HUB = 'docker.io';
const DOCKER_HUB_ENDPOINT = 'registry-1.docker.io';
const DOCKER_HUB_NAMES: readonly string[] = ['index.docker.io', DOCKER_HUB_ENDPOINT];

interface Place {
  /** As URL writes it: lower case, IPv4 in four decimals, IPv6 in brackets. */
  readonly hostname: string;
  readonly port: number;
}

const addressOf = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');
const isAddress = (hostname: string): boolean => isIP(addressOf(hostname)) !== 0;
const isLoopbackHost = (hostname: string): boolean => hostname === 'localhost' || isLoopback(addressOf(hostname));
const isLocalHost = (hostname: string): boolean =>
  hostname === 'localhost' || (isAddress(hostname) && addressKind(addressOf(hostname)) === 'local');

const parsePlace = (name: string): Place | undefined => {
  const match = NAME.exec(name);
  const parsed = match?.[1] === undefined ? null : URL.parse(`https://${match[1]}`);
  if (match === null || parsed === null) return undefined;
  const hostname = DOCKER_HUB_NAMES.includes(parsed.hostname) ? DOCKER_HUB : parsed.hostname;
  const port = match[3] === undefined ? (isLoopbackHost(hostname) ? 80 : 443) : Number(match[3]);
  return port >= 1 && port <= 65_535 ? { hostname, port } : undefined;
};

const placeOf = (url: URL): Place => ({
  hostname: url.hostname,
  port: url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port),
});

const same = (a: Place, b: Place | undefined): boolean => a.hostname === b?.hostname && a.port === b.port;

const matches = (place: Place, entry: string): boolean => {
  if (entry === EVERY_REGISTRY) return true;
  if (!entry.startsWith(WILDCARD)) return same(place, parsePlace(entry));
  const below = parsePlace(entry.slice(WILDCARD.length));
  return below !== undefined && place.port === below.port && place.hostname.endsWith(`.${below.hostname}`);
};

const isNamed = (place: Place, allowed: readonly string[]): boolean =>
  allowed.some((entry) => !entry.startsWith(EVERY_REGISTRY) && matches(place, entry));

/**
 * @param text the setting --allowed-registries: `host[:port]`, `*.example.com` or `*`, with commas; empty: every registry
 * @throws Error with the form that is right
 */
export const parseAllowedRegistries = (text: string): string[] => {
  if (text.trim() === '') return [];
  const entries = text.split(',').map((entry) => entry.trim());
  for (const entry of entries) {
    const name = entry.startsWith(WILDCARD) ? entry.slice(WILDCARD.length) : entry;
    if (entry !== EVERY_REGISTRY && parsePlace(name) === undefined) {
      throw new Error(
        `"${printableAscii(entry)}" is not a registry: write host, host:port, *.example.com or *, with commas between them`,
      );
    }
  }
  return [...new Set(entries)];
};

/**
 * @param registry host, with its port if it has one
 * @param allowed as parseAllowedRegistries gives them; empty: every registry
 */
export const isAllowedRegistry = (registry: string, allowed: readonly string[]): boolean => {
  const place = parsePlace(registry);
  return place !== undefined && (allowed.length === 0 || allowed.some((entry) => matches(place, entry)));
};

const allows = (reach: Reach, address: string): boolean => {
  const kind = addressKind(address);
  return reach === 'any' || kind === 'public' || (reach === 'private' && kind === 'private');
};

const LOCAL = 'it is a loopback, link-local, multicast or cloud metadata address';

/** @param cure continues `To allow it, ` */
const notAllowed = (where: string, address: string, cure: string): ScanError => {
  const why =
    addressKind(address) === 'private' ? 'it is a private address, and a registry may not refer clients to one' : LOCAL;
  return new ScanError('NotAllowed', `Palisade does not connect to ${where}, because ${why}. To allow it, ${cure}`);
};

const LIST = '--allowed-registries';

/** Naming a host lifts only the rule on private addresses, as reachOf has it. */
const cureFor = (hostname: string, address: string): string =>
  addressKind(address) === 'private' || hostname === 'localhost'
    ? `add ${hostname}, with its port, to ${LIST}`
    : `name the registry by this address, and add the address, with its port, to ${LIST}`;

/** The query of a signed URL grants access to everyone who sees it. */
const withoutQuery = ({ href }: URL): string => href.replace(/[?#].*$/s, '').replace(/\/\/[^/@]*@/, '//');

const checkLiteral = ({ url, reach }: Target): void => {
  const address = addressOf(url.hostname);
  if (isIP(address) === 0 || allows(reach, address)) return;
  const { hostname, port } = placeOf(url);
  throw notAllowed(address, address, `add ${hostname}:${port} to ${LIST}`);
};

/** Naming a host does not vouch for its DNS, so that only a named address lifts the rule on local ones. */
const reachOf = (place: Place, allowed: readonly string[], otherwise: Reach): Reach => {
  if (!isNamed(place, allowed)) return otherwise;
  return isAddress(place.hostname) || place.hostname === 'localhost' ? 'any' : 'private';
};

/**
 * The address of a registry: https, but http for loopback that is named in `allowed`.
 * @throws ScanError NotAllowed
 */
export const registryTarget = (registry: string, allowed: readonly string[]): Target => {
  const place = parsePlace(registry);
  if (place === undefined) {
    throw new ScanError('NotAllowed', `${printableAscii(registry)} is not a registry: write host or host:port`);
  }
  if (!isAllowedRegistry(registry, allowed)) {
    throw new ScanError(
      'NotAllowed',
      `${registry} is not an allowed registry: ask the administrator of Palisade to add it to ${LIST}`,
      { byCommand: `${registry} is not an allowed registry: add it to ${LIST}` },
    );
  }
  const reach = reachOf(place, allowed, 'private');
  const scheme = isNamed(place, allowed) && isLoopbackHost(place.hostname) ? 'http' : 'https';
  const hostname = place.hostname === DOCKER_HUB ? DOCKER_HUB_ENDPOINT : place.hostname;
  const target: Target = { url: new URL(`${scheme}://${hostname}:${place.port}/`), reach };
  checkLiteral(target);
  return target;
};

/**
 * The target to which a registry refers its clients: a redirect, or the realm of its tokens.
 * @param text as the registry wrote it
 * @param from the URL that refers, and that a relative redirect is relative to
 * @param registry as registryTarget gave it
 * @throws ScanError NotAllowed
 */
export const redirectTarget = (text: string, from: URL, registry: Target, allowed: readonly string[]): Target => {
  const url = URL.parse(text, from.href);
  if (url === null) {
    throw new ScanError(
      'NotAllowed',
      `${from.host} refers to ${printableAscii(text.replace(/[?#].*$/s, ''))}, which is not a URL`,
    );
  }
  const isSameOrigin = url.origin === registry.url.origin;
  const place = placeOf(url);
  const isSameLoopback =
    url.protocol === 'http:' &&
    url.hostname === registry.url.hostname &&
    isLoopbackHost(url.hostname) &&
    isNamed(place, allowed);
  if (url.protocol !== 'https:' && !isSameOrigin && !isSameLoopback) {
    throw new ScanError(
      'NotAllowed',
      `${from.host} refers to ${printableAscii(withoutQuery(url))}, which is not https`,
    );
  }
  // An entry of the list permits requests of users, not those that another host makes up.
  if (isLocalHost(url.hostname) && !isLocalHost(from.hostname)) {
    throw new ScanError(
      'NotAllowed',
      `Palisade does not connect to ${addressOf(url.hostname)}, because ${LOCAL}, and ${from.host} may not refer clients to one: correct its redirects and its token service`,
    );
  }
  if (isSameOrigin) return { url, reach: registry.reach };
  const target: Target = { url, reach: reachOf(place, allowed, 'public') };
  checkLiteral(target);
  return target;
};

/**
 * Resolves a name when a connection is made, and rejects it when any of its addresses is out of reach. Every connection
 * resolves and checks again.
 */
export const egressLookup =
  (reach: Reach, lookup: LookupFunction = systemLookup): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, result) => {
      if (error) return callback(error, '');
      const found = Array.isArray(result) ? result : [{ address: result, family: isIP(result) }];
      const wrong = found.find(({ address }) => !allows(reach, address));
      const [first] = found;
      if (wrong !== undefined) {
        const { address } = wrong;
        return callback(notAllowed(`${hostname} (${address})`, address, cureFor(hostname, address)), '');
      }
      if (first === undefined) return callback(new Error(`${hostname} has no address`), '');
      return options.all ? callback(null, found) : callback(null, first.address, first.family);
    });
  };
