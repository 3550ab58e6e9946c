import { readFile } from 'node:fs/promises';
import { BlockList, isIP } from 'node:net';

const RESOLV_CONF = '/etc/resolv.conf';

/** Addresses of the host itself, which no rule for a pod can mean, and IPv4 as IPv6, which the API server refuses in a rule. */
const UNUSABLE = new BlockList();
UNUSABLE.addSubnet('127.0.0.0', 8, 'ipv4');
UNUSABLE.addAddress('0.0.0.0', 'ipv4');
UNUSABLE.addSubnet('::', 127, 'ipv6');

const isUsable = (address: string): boolean => {
  const family = isIP(address);
  return family !== 0 && !/%|^[0:]*:ffff:/i.test(address) && !UNUSABLE.check(address, family === 4 ? 'ipv4' : 'ipv6');
};

/** The addresses of a resolv.conf, without those of the host itself, or that are valid on one interface only. */
export const parseNameservers = (resolvConf: string): string[] => {
  const named = resolvConf
    .split('\n')
    .map((line) => /^\s*nameserver\s+(?<address>\S+)/.exec(line)?.groups?.address ?? '');
  return [...new Set(named.filter(isUsable))];
};

/**
 * The addresses at which this pod resolves names: those of all pods with the default dnsPolicy, whether a Service, a cache
 * of the node or a resolver of the cloud answers there. Outside a pod they say nothing about the cluster.
 */
export const podNameservers = async (environment: NodeJS.ProcessEnv): Promise<string[]> =>
  environment.KUBERNETES_SERVICE_HOST === undefined
    ? []
    : parseNameservers(await readFile(RESOLV_CONF, 'utf8').catch(() => ''));
