import ipaddr from 'ipaddr.js';
import type { IPBlock } from 'kubernetes-types/networking/v1.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [address: Address, length: number];

/** IPv4 within IPv6 is IPv4, as it is to Go. Undefined when it is no address. */
export const parseAddress = (text: string): Address | undefined => {
  if (!ipaddr.IPv6.isValid(text) && !ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined;
  return ipaddr.process(text);
};

const MAPPED = 96;

const parseNetwork = (text: string): Network | undefined => {
  const [address = ''] = text.split('/');
  if (parseAddress(address) === undefined || !ipaddr.isValidCIDR(text)) return undefined;
  const [base, length] = ipaddr.parseCIDR(text);
  const mapped = base instanceof ipaddr.IPv6 && base.isIPv4MappedAddress() && length >= MAPPED;
  return mapped ? [base.toIPv4Address(), length - MAPPED] : [base, length];
};

const contains = ([base, length]: Network, address: Address): boolean =>
  base.kind() === address.kind() && address.match(base, length);

/** Whether an address is in the block; undefined when the block cannot be read. */
export const blockOf = ({ cidr, except = [] }: IPBlock): ((address: Address) => boolean) | undefined => {
  const network = parseNetwork(cidr);
  const excluded = except.map(parseNetwork);
  if (network === undefined || excluded.includes(undefined)) return undefined;
  return (address) => contains(network, address) && !excluded.some((one) => contains(one!, address));
};
