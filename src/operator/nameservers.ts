import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';

const RESOLV_CONF = '/etc/resolv.conf';

/** The addresses of a resolv.conf, without those that are valid on one interface only. */
export const parseNameservers = (resolvConf: string): string[] => {
  const named = resolvConf
    .split('\n')
    .map((line) => /^\s*nameserver\s+(?<address>\S+)/.exec(line)?.groups?.address ?? '');
  return [...new Set(named.filter((address) => isIP(address) !== 0 && !address.includes('%')))];
};

/**
 * The addresses at which this pod resolves names: those of all pods with the default dnsPolicy, whether a Service, a cache
 * of the node or a resolver of the cloud answers there. Outside a pod they say nothing about the cluster.
 */
export const podNameservers = async (environment: NodeJS.ProcessEnv): Promise<string[]> =>
  environment.KUBERNETES_SERVICE_HOST === undefined
    ? []
    : parseNameservers(await readFile(RESOLV_CONF, 'utf8').catch(() => ''));
