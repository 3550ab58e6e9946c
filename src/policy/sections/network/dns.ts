import { parseCidr } from './cidr.ts';
import type { DnsPeer } from './context.ts';
import { NAMESPACE_NAME_LABEL } from './peers.ts';

/** CoreDNS as kubeadm and most distributions install it, and the node-local cache at its conventional address. */
export const DEFAULT_DNS_PEERS = 'kube-system/k8s-app=kube-dns:53,169.254.20.10/32:53';

const LABEL = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const NAME = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const POD_PEER = new RegExp(`^(?<namespace>${LABEL})/(?<key>(${LABEL}(\\.${LABEL})*/)?${NAME})=(?<value>(${NAME})?)$`);

/** The API server refuses bits beyond the prefix. */
const isNetwork = (text: string): boolean => {
  const cidr = parseCidr(text);
  return cidr?.equals(cidr.masked()) === true;
};

const parsePeer = (text: string): DnsPeer['peer'] | undefined => {
  if (isNetwork(text)) return { ipBlock: { cidr: text } };
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
