import ipaddr from 'ipaddr.js';
import type { IPBlock } from 'kubernetes-types/networking/v1.js';

/** The number of an IPv4 address, or behind all of them that of an IPv6 address. */
export type Address = bigint;
type Network = readonly [first: Address, last: Address];

const [BITS_4, BITS_6] = [32, 128];
const IPV6 = 1n << BigInt(BITS_6);
const MAPPED = BITS_6 - BITS_4;

const isAddress = (text: string): boolean => ipaddr.IPv6.isValid(text) || ipaddr.IPv4.isValidFourPartDecimal(text);

const toNumber = (address: ipaddr.IPv4 | ipaddr.IPv6): Address => {
  const value = address.toByteArray().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return address.kind() === 'ipv4' ? value : IPV6 + value;
};

/** IPv4 within IPv6 is IPv4, as it is to Go. Undefined when it is no address. */
export const parseAddress = (text: string): Address | undefined =>
  isAddress(text) ? toNumber(ipaddr.process(text)) : undefined;

const parseNetwork = (text: string): Network | undefined => {
  const [address = ''] = text.split('/');
  if (!isAddress(address) || !ipaddr.isValidCIDR(text)) return undefined;
  const [base, length] = ipaddr.parseCIDR(text);
  const mapped = base instanceof ipaddr.IPv6 && base.isIPv4MappedAddress() && length >= MAPPED;
  const host = BigInt((base.kind() === 'ipv4' ? BITS_4 : BITS_6) - length);
  const first = (toNumber(mapped ? base.toIPv4Address() : base) >> host) << host;
  return [first, first + (1n << host) - 1n];
};

const contains = ([first, last]: Network, address: Address): boolean => first <= address && address <= last;

/** Whether an address is in the block; undefined when the block cannot be read. */
export const blockOf = ({ cidr, except = [] }: IPBlock): ((address: Address) => boolean) | undefined => {
  const network = parseNetwork(cidr);
  const excluded = except.map(parseNetwork);
  if (network === undefined || excluded.includes(undefined)) return undefined;
  return (address) => contains(network, address) && !excluded.some((one) => contains(one!, address));
};
