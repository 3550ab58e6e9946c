import { parseCidr } from './cidr.ts';
import type { DnsPeer } from './context.ts';
import { NAMESPACE_NAME_LABEL } from './peers.ts';

const EXAMPLE = 'kube-system/k8s-app=kube-dns:53,169.254.20.10/32:53';

/** The peers that are the same in most clusters: CoreDNS or kube-dns, and node-local caches, as pods and by their conventional addresses. */
export const DEFAULT_DNS_PEERS =
  'kube-system/k8s-app=kube-dns:53,kube-system/k8s-app=node-local-dns:53,169.254.20.10/32:53,169.254.25.10/32:53';

/** The entry of --dns-peers that stands for DEFAULT_DNS_PEERS and the DNS Service of the cluster. */
export const AUTO = 'auto';

/** The flag --dns-peers. */
export interface DnsSetting {
  readonly auto: boolean;
  /** The peers that it names. */
  readonly peers: readonly DnsPeer[];
}

const LABEL = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const NAME = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const POD_PEER = new RegExp(`^(?<namespace>${LABEL})/(?<key>(${LABEL}(\\.${LABEL})*/)?${NAME})=(?<value>(${NAME})?)$`);

/** The API server refuses bits beyond the prefix. */
const isNetwork = (text: string): boolean => {
  const cidr = parseCidr(text);
  return cidr?.equals(cidr.masked()) === true;
};

/** Pods of a namespace by their labels, sorted by key. */
export const podsPeer = (namespace: string, labels: Readonly<Record<string, string>>): DnsPeer['peer'] => ({
  namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: namespace } },
  podSelector: { matchLabels: Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))) },
});

const parsePeer = (text: string): DnsPeer['peer'] | undefined => {
  if (isNetwork(text)) return { ipBlock: { cidr: text } };
  const { namespace, key, value } = POD_PEER.exec(text)?.groups ?? {};
  if (namespace === undefined || key === undefined || value === undefined) return undefined;
  return podsPeer(namespace, { [key]: value });
};

const parseEntry = (entry: string): DnsPeer => {
  const at = entry.lastIndexOf(':');
  const digits = entry.slice(at + 1).trim();
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  const peer = parsePeer(entry.slice(0, at).trim());
  if (at < 0 || peer === undefined || port < 1 || port > 65535) {
    throw new Error(
      `"${entry}" is not a DNS peer: write ${AUTO}, namespace/label=value:port or cidr:port, as in ${EXAMPLE}`,
    );
  }
  return { peer, port };
};

/**
 * Reads `namespace/label=value:port,cidr:port,…`. The ports are those of the pods (NetworkPolicies act after the
 * Service's translation): OpenShift's DNS is openshift-dns/dns.operator.openshift.io/daemonset-dns=default:5353.
 * @throws Error that names the entry and shows the form.
 */
export const parseDnsPeers = (text: string): DnsPeer[] => text.split(',').map(parseEntry);

/** Reads --dns-peers: peers as parseDnsPeers reads them, and `auto`. @throws Error that names the entry and shows the form */
export const parseDnsSetting = (text: string): DnsSetting => {
  const entries = text.split(',');
  const named = entries.filter((entry) => entry.trim() !== AUTO);
  return { auto: named.length < entries.length, peers: named.map(parseEntry) };
};

/** The same peers in another order give the same result. */
export const sortPeers = (peers: readonly DnsPeer[]): DnsPeer[] =>
  peers
    .map((peer) => ({ peer, key: JSON.stringify(peer) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ peer }) => peer);
