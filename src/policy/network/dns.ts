import { isIP } from 'node:net';
import type { DnsPeer } from './context.ts';
import { NAMESPACE_NAME_LABEL } from './peers.ts';

/** CoreDNS as kubeadm and most distributions install it, and the node-local cache at its conventional address. */
export const DEFAULT_DNS_PEERS = 'kube-system/k8s-app=kube-dns:53,169.254.20.10/32:53';

const POD_PEER =
  /^(?<namespace>[a-z0-9]([-a-z0-9]*[a-z0-9])?)\/(?<key>[A-Za-z0-9][-A-Za-z0-9_./]*)=(?<value>[-A-Za-z0-9_.]*)$/;

/** As strict as the API server, which refuses leading zeros, zones and IPv4 inside IPv6. */
const isCidr = (text: string): boolean => {
  const [address = '', length = '', ...rest] = text.split('/');
  const family = /%|^::ffff:/i.test(address) ? 0 : isIP(address);
  return (
    rest.length === 0 &&
    family !== 0 &&
    /^(0|[1-9]\d{0,2})$/.test(length) &&
    Number(length) <= (family === 4 ? 32 : 128)
  );
};

const parsePeer = (text: string): DnsPeer['peer'] | undefined => {
  if (isCidr(text)) return { ipBlock: { cidr: text } };
  const { namespace, key, value } = POD_PEER.exec(text)?.groups ?? {};
  if (namespace === undefined || key === undefined || value === undefined) return undefined;
  return {
    namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: namespace } },
    podSelector: { matchLabels: { [key]: value } },
  };
};

/**
 * Reads `namespace/label=value:port,cidr:port,…`. The ports are those of the pods (NetworkPolicies act after the
 * Service's translation): OpenShift's DNS is openshift-dns/dns.operator.openshift.io/daemonset-dns=default:5353.
 * @throws Error that names the entry and shows the form.
 */
export const parseDnsPeers = (text: string): DnsPeer[] =>
  text.split(',').map((entry) => {
    const at = entry.lastIndexOf(':');
    const digits = entry.slice(at + 1).trim();
    const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
    const peer = parsePeer(entry.slice(0, at).trim());
    if (at < 0 || peer === undefined || port < 1 || port > 65535) {
      throw new Error(
        `"${entry}" is not a DNS peer: write namespace/label=value:port or cidr:port, as in ${DEFAULT_DNS_PEERS}`,
      );
    }
    return { peer, port };
  });
