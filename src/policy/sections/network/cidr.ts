import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A network as CEL's cidr() of Kubernetes sees it. */
export class Cidr {
  readonly #address: ipaddr.IPv4 | ipaddr.IPv6;
  readonly #length: number;

  constructor(address: ipaddr.IPv4 | ipaddr.IPv6, length: number) {
    this.#address = address;
    this.#length = length;
  }

  get prefixLength(): number {
    return this.#length;
  }

  /** The same network with the bits behind the prefix set to zero. */
  masked(): Cidr {
    const bytes = this.#address.toByteArray().map((byte, index) => {
      const kept = Math.min(8, Math.max(0, this.#length - index * 8));
      return byte & (0xff << (8 - kept));
    });
    return new Cidr(ipaddr.fromByteArray(bytes), this.#length);
  }

  contains(other: Cidr): boolean {
    if (this.#address.kind() !== other.#address.kind() || this.#length > other.#length) return false;
    return new Cidr(other.#address, this.#length).masked().equals(this.masked());
  }

  equals(other: Cidr): boolean {
    return this.#length === other.#length && this.#address.toString() === other.#address.toString();
  }
}

const PREFIX_LENGTH = /^(0|[1-9]\d{0,2})$/;

/** Reads `10.0.0.0/8` as strictly as Kubernetes: no leading zeros, no zone, no IPv4 inside IPv6. Undefined when it is none. */
export const parseCidr = (text: string): Cidr | undefined => {
  const [address = '', length = '', ...rest] = text.split('/');
  const family = isIP(address);
  if (rest.length > 0 || family === 0 || address.includes('%') || !PREFIX_LENGTH.test(length)) return undefined;
  const parsed = ipaddr.parse(address);
  const mapped = parsed.kind() === 'ipv6' && (parsed as ipaddr.IPv6).isIPv4MappedAddress();
  return mapped || Number(length) > (family === 4 ? 32 : 128) ? undefined : new Cidr(parsed, Number(length));
};

/** The network of one address: `10.0.0.1/32`, `fd00::1/128`. */
export const toCidr = (address: string): string => `${address}/${address.includes(':') ? 128 : 32}`;
