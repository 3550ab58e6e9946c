import { isIP } from 'node:net';
import { apiServerEndpoints } from '../../policy/sections/network/apiserver.ts';
import type { ApiServerEndpoint } from '../../policy/sections/network/context.ts';

const ENTRY = /^(?<address>[^/]+?)\/(?<length>\d{1,3}):(?<port>\d{1,5})$/;

const parseEntry = (entry: string) => {
  const { address = '', length, port = '' } = ENTRY.exec(entry)?.groups ?? {};
  const family = address.includes('%') ? 0 : isIP(address);
  const wholeLength = family === 4 ? '32' : '128';
  if (family === 0 || length !== wholeLength || Number(port) < 1 || Number(port) > 65535) {
    throw new Error(
      `"${entry}" is not an API server address: use a single address and its port, as in 10.0.0.1/32:6443 or fd00::1/128:6443`,
    );
  }
  return {
    addressType: family === 4 ? 'IPv4' : 'IPv6',
    endpoints: [{ addresses: [address] }],
    ports: [{ protocol: 'TCP', port: Number(port) }],
  };
};

/**
 * Reads `cidr:port,cidr:port,…` of single addresses: never a whole network.
 * @throws Error that names the entry and shows the form
 */
export const parseApiServer = (text: string): ApiServerEndpoint[] =>
  apiServerEndpoints(
    text.split(',').map((entry) => parseEntry(entry.trim())),
    [],
  );
