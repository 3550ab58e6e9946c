import ipaddr from 'ipaddr.js';

/**
 * The kind of network that an IP address belongs to.
 * - public: the internet
 * - private: networks of an organization or a cluster, and ranges that nothing is routed to
 * - local: this machine, this link, several machines at once, or the metadata service of a cloud, which gives away
 *   credentials to any client that can make a server request them
 */
export type AddressKind = 'public' | 'private' | 'local';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const LOCAL_RANGES: readonly string[] = ['unspecified', 'broadcast', 'multicast', 'linkLocal', 'loopback'];

/**
 * Metadata services, and services beside them that give away credentials, outside of 169.254.0.0/16 and fe80::/10. Of AWS the
 * whole block: fd00:ec2::254 serves metadata, fd00:ec2::23 the identities of EKS pods.
 */
const METADATA = [
  ['AWS', 'fd00:ec2::/32'],
  ['Google', 'fd20:ce::254/128'],
  ['Oracle', 'fd00:c1::a9fe:a9fe/128'],
  ['Oracle Classic', '192.0.0.192/32'],
  ['Azure', '168.63.129.16/32'],
  ['Alibaba', '100.100.100.200/32'],
  ['Alibaba', 'fd00:100::100:200/128'],
  ['Akamai', 'fd00:a9fe:a9fe::/64'],
  ['Scaleway', 'fd00:42::42/128'],
].map(([, cidr = '']) => ipaddr.parseCIDR(cidr));

const isMetadata = (address: Address): boolean =>
  METADATA.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));

const ORDER: readonly AddressKind[] = ['public', 'private', 'local'];
const worst = (...kinds: readonly AddressKind[]): AddressKind =>
  kinds.reduce((a, b) => (ORDER.indexOf(a) < ORDER.indexOf(b) ? b : a));

const plain = (address: Address): AddressKind => {
  const range = address.range();
  if (LOCAL_RANGES.includes(range) || isMetadata(address)) return 'local';
  return range === 'unicast' ? 'public' : 'private';
};

const v4 = (bytes: readonly number[]): AddressKind => plain(ipaddr.fromByteArray([...bytes]));

/** Bytes of the IPv4 address behind a prefix of 48, 56 and 64 bits (RFC 6052, section 2.2); byte 8 is zero. */
const NAT64_PLACES: readonly (readonly number[])[] = [
  [6, 7, 9, 10],
  [7, 9, 10, 11],
  [9, 10, 11, 12],
];

/** What an address of 64:ff9b:1::/48 leads to: its networks choose the length of their prefix. 0.0.0.0/8 leads nowhere. */
const privateNat64 = (bytes: readonly number[]): AddressKind => {
  const others = NAT64_PLACES.map((places) => places.map((place) => bytes[place] ?? 0)).filter(
    ([first]) => first !== 0,
  );
  return worst('private', v4(bytes.slice(12)), ...others.map(v4));
};

/** An IPv6 address that a router translates or tunnels leads to the IPv4 address inside it. */
const embedded = (address: ipaddr.IPv6): AddressKind | undefined => {
  const bytes = address.toByteArray();
  const last = bytes.slice(12);
  switch (address.range()) {
    case 'ipv4Mapped':
    case 'rfc6145':
      return v4(last);
    case 'rfc6052':
      // The well-known prefix 64:ff9b::/96, or 64:ff9b:1::/48.
      return bytes[5] === 1 ? privateNat64(bytes) : v4(last);
    case '6to4':
      return v4(bytes.slice(2, 6));
    case 'teredo':
      return worst('private', v4(bytes.slice(4, 8)), v4(last.map((byte) => byte ^ 0xff)));
  }
  // ISATAP (RFC 5214): the interface is 0:5efe or 200:5efe and the address.
  if ((bytes[8]! & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe) {
    return worst(plain(address), v4(last));
  }
  const compatible = bytes.slice(0, 12).every((byte) => byte === 0);
  return compatible ? worst(plain(address), 'private', v4(last)) : undefined;
};

/** @param address IPv4 or IPv6, as DNS gives it; a zone (`%eth0`) may follow. Anything else is local */
export const addressKind = (address: string): AddressKind => {
  if (!ipaddr.isValid(address)) return 'local';
  const parsed = ipaddr.parse(address);
  return (parsed.kind() === 'ipv6' ? embedded(parsed as ipaddr.IPv6) : undefined) ?? plain(parsed);
};

/** True for 127.0.0.0/8 and ::1. */
export const isLoopback = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.parse(address).range() === 'loopback';
