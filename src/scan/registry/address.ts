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

/** Metadata services beside 169.254.0.0/16: AWS and Google over IPv6, Alibaba, Oracle, Azure. */
const METADATA: readonly string[] = [
  'fd00:ec2::254',
  'fd20:ce::254',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
].map((address) => ipaddr.parse(address).toNormalizedString());

const ORDER: readonly AddressKind[] = ['public', 'private', 'local'];
const worst = (...kinds: readonly AddressKind[]): AddressKind =>
  kinds.reduce((a, b) => (ORDER.indexOf(a) < ORDER.indexOf(b) ? b : a));

const plain = (address: Address): AddressKind => {
  const range = address.range();
  if (LOCAL_RANGES.includes(range) || METADATA.includes(address.toNormalizedString())) return 'local';
  return range === 'unicast' ? 'public' : 'private';
};

const v4 = (bytes: readonly number[]): AddressKind => plain(ipaddr.fromByteArray([...bytes]));

/** An IPv6 address that a router translates or tunnels leads to the IPv4 address inside it. */
const embedded = (address: ipaddr.IPv6): AddressKind | undefined => {
  const bytes = address.toByteArray();
  const last = bytes.slice(12);
  switch (address.range()) {
    case 'ipv4Mapped':
    case 'rfc6145':
      return v4(last);
    case 'rfc6052':
      // Only 64:ff9b::/96 defines where the address is; 64:ff9b:1::/48 is for private use.
      return bytes[5] === 1 ? worst('private', v4(last)) : v4(last);
    case '6to4':
      return v4(bytes.slice(2, 6));
    case 'teredo':
      return worst('private', v4(bytes.slice(4, 8)), v4(last.map((byte) => byte ^ 0xff)));
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
