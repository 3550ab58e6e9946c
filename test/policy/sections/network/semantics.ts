/**
 * What NetworkPolicies and what a policy's network section mean, in the words of the Kubernetes documentation and of
 * the CRD, for a small world: 64 pods, 9 remotes and 5 ports. Independent of src/policy: it shares types only.
 */
import type { LabelSelector } from 'kubernetes-types/meta/v1.js';
import type { NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import type { Direction, NetworkSection, Peer, Port } from '../../../../src/api/policy.ts';
import type { NetworkContext } from '../../../../src/policy/sections/network/context.ts';

type Labels = Readonly<Record<string, string>>;

export const KEYS = ['app', 'tier', 'constructor'] as const;
export const VALUES = ['x', 'y', 'z'] as const;
export const DIRECTIONS = ['Ingress', 'Egress'] as const;

const labelSets = (keys: readonly string[]): Labels[] => {
  const [key, ...rest] = keys;
  if (key === undefined) return [{}];
  return labelSets(rest).flatMap((labels) => [labels, ...VALUES.map((value) => ({ ...labels, [key]: value }))]);
};

/** Every pod that the labels can make. */
export const PODS: readonly Labels[] = labelSets(KEYS);

/** Namespace team-a is the policy's own. */
export const OWN_NAMESPACE = 'team-a';

interface Remote {
  readonly ip: string;
  /** A node, its pods on the host network, or a self-hosted API server: no peer matches it in every plug-in. */
  readonly node?: true;
  /** Absent: outside of the cluster, or a node. */
  readonly pod?: { readonly namespace: string; readonly labels: Labels };
}

const REMOTES: readonly Remote[] = [
  { ip: '10.0.1.1', pod: { namespace: OWN_NAMESPACE, labels: { app: 'x' } } },
  { ip: '10.0.1.2', pod: { namespace: OWN_NAMESPACE, labels: {} } },
  { ip: '10.0.2.1', pod: { namespace: 'other', labels: { app: 'x' } } },
  { ip: '10.0.2.2', pod: { namespace: 'other', labels: { app: 'y' } } },
  { ip: '10.0.3.1', pod: { namespace: 'kube-system', labels: { app: 'dns' } } },
  { ip: '192.0.2.1' },
  { ip: '192.0.2.130' },
  { ip: 'fd00::1' },
  { ip: '192.0.2.200', node: true },
];

const namespaceLabels = (namespace: string): Labels => ({
  'kubernetes.io/metadata.name': namespace,
  ...(namespace === 'other' && { team: 'b' }),
});

interface Destination {
  readonly protocol: string;
  readonly port: number;
  readonly name?: string;
}

const DESTINATIONS: readonly Destination[] = [
  { protocol: 'TCP', port: 80, name: 'http' },
  { protocol: 'UDP', port: 80 },
  { protocol: 'TCP', port: 53 },
  { protocol: 'UDP', port: 53 },
  { protocol: 'SCTP', port: 9000 },
];

/** A set of flows (remote and port), one bit each. */
export type Flows = bigint;

const setOf = (has: (remote: Remote, destination: Destination) => boolean): Flows =>
  REMOTES.flatMap((remote) => DESTINATIONS.map((destination) => has(remote, destination))).reduce(
    (bits, bit, index) => (bit ? bits | (1n << BigInt(index)) : bits),
    0n,
  );

export const EVERYTHING: Flows = setOf(() => true);

export const isSubset = (part: Flows, whole: Flows): boolean => (part & ~whole) === 0n;

const union = (sets: readonly Flows[]): Flows => sets.reduce((a, b) => a | b, 0n);

const has = (labels: Labels, key: string): boolean => Object.hasOwn(labels, key);

export const selects = (selector: LabelSelector | undefined, labels: Labels): boolean => {
  const byLabels = Object.entries(selector?.matchLabels ?? {}).every(([k, v]) => has(labels, k) && labels[k] === v);
  const byExpressions = (selector?.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = has(labels, key) ? labels[key] : undefined;
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    const listed = value !== undefined && values.includes(value);
    return operator === 'In' ? listed : !listed;
  });
  return byLabels && byExpressions;
};

const bits = (ip: string): { size: number; value: bigint } => {
  if (!ip.includes(':')) {
    return { size: 32, value: ip.split('.').reduce((n, part) => (n << 8n) | BigInt(part), 0n) };
  }
  const [head = '', tail = ''] = ip.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = ip.includes('::') ? [...groups(head), ...Array(missing).fill('0'), ...groups(tail)] : ip.split(':');
  return { size: 128, value: all.reduce((n, part) => (n << 16n) | BigInt(`0x${part}`), 0n) };
};

const isIn = (cidr: string, ip: string): boolean => {
  const [network = '', length = ''] = cidr.split('/');
  const [a, b] = [bits(network), bits(ip)];
  const rest = BigInt(a.size - Number(length));
  return a.size === b.size && a.value >> rest === b.value >> rest;
};

/** The stricter reading: addresses are those outside of the cluster, as Cilium takes it. */
const inBlock = (cidr: string, except: readonly string[], { ip, pod, node }: Remote): boolean =>
  pod === undefined && node !== true && isIn(cidr, ip) && !except.some((e) => isIn(e, ip));

const peerMatches = (peer: NetworkPolicyPeer, remote: Remote): boolean => {
  if (peer.ipBlock !== undefined) return inBlock(peer.ipBlock.cidr, peer.ipBlock.except ?? [], remote);
  if (remote.pod === undefined) return false;
  const { namespace, labels } = remote.pod;
  const there =
    peer.namespaceSelector === undefined
      ? namespace === OWN_NAMESPACE
      : selects(peer.namespaceSelector, namespaceLabels(namespace));
  return there && (peer.podSelector === undefined || selects(peer.podSelector, labels));
};

const portMatches = ({ protocol = 'TCP', port, endPort }: NetworkPolicyPort | Port, to: Destination): boolean => {
  if (protocol !== to.protocol) return false;
  if (port === undefined) return true;
  if (typeof port === 'string') return port === to.name;
  return to.port >= port && to.port <= (endPort ?? port);
};

/** An absent or empty list is no restriction. */
const inRule = (
  peers: readonly NetworkPolicyPeer[] | undefined,
  ports: readonly NetworkPolicyPort[] | undefined,
): Flows =>
  setOf(
    (remote, to) =>
      (peers === undefined || peers.length === 0 || peers.some((p) => peerMatches(p, remote))) &&
      (ports === undefined || ports.length === 0 || ports.some((p) => portMatches(p, to))),
  );

/** A NetworkPolicy, worked out for every pod. */
export interface Effect {
  readonly selected: readonly boolean[];
  /** Per isolated direction. */
  readonly allowed: Readonly<Partial<Record<Direction, Flows>>>;
}

export const effectOf = ({ podSelector, policyTypes = [], ingress = [], egress = [] }: NetworkPolicySpec): Effect => ({
  selected: PODS.map((labels) => selects(podSelector, labels)),
  allowed: {
    ...(policyTypes.includes('Ingress') && { Ingress: union(ingress.map((r) => inRule(r.from, r.ports))) }),
    ...(policyTypes.includes('Egress') && { Egress: union(egress.map((r) => inRule(r.to, r.ports))) }),
  },
});

/** What each pod may do in each direction: first the 64 pods' ingress, then their egress. */
export type Reach = readonly Flows[];

/** A pod that no policy isolates in a direction may do everything there; else what any of them allows. */
export const reachUnder = (effects: readonly Effect[]): Reach =>
  DIRECTIONS.flatMap((direction) =>
    PODS.map((_, pod) => {
      const isolating = effects.flatMap(({ selected, allowed }) => (selected[pod] ? (allowed[direction] ?? []) : []));
      return isolating.length === 0 ? EVERYTHING : union(isolating);
    }),
  );

const specPeerMatches = (peer: Peer, remote: Remote): boolean => {
  if (peer.anywhere === true) return true;
  if (peer.cidr !== undefined) return inBlock(peer.cidr, peer.except ?? [], remote);
  if (remote.pod === undefined) return false;
  const { namespace, labels } = remote.pod;
  if (peer.namespaces !== undefined && !peer.namespaces.includes(namespace)) return false;
  if (peer.namespaceSelector !== undefined && !selects(peer.namespaceSelector, namespaceLabels(namespace)))
    return false;
  const anyNamespace = peer.namespaces !== undefined || peer.namespaceSelector !== undefined;
  return (anyNamespace || namespace === OWN_NAMESPACE) && (peer.pods === undefined || selects(peer.pods, labels));
};

const inSpecRule = (peers: readonly Peer[], ports: readonly Port[] | undefined): Flows =>
  setOf(
    (remote, to) =>
      peers.some((p) => specPeerMatches(p, remote)) && (ports === undefined || ports.some((p) => portMatches(p, to))),
  );

/** What a network section says, whatever is rendered from it. */
export const reachBySpec = (section: NetworkSection, { dnsPeers, apiServer }: NetworkContext): Reach => {
  const { podSelector, isolate = ['Ingress', 'Egress'], allow = {} } = section;
  const within = allow.sameNamespace === true ? setOf(({ pod }) => pod?.namespace === OWN_NAMESPACE) : 0n;
  const dns = union(
    dnsPeers.map(({ peer, port }) =>
      setOf((remote, to) => peerMatches(peer, remote) && to.port === port && ['UDP', 'TCP'].includes(to.protocol)),
    ),
  );
  const server = union(
    apiServer.map(({ cidrs, ports }) =>
      setOf((r, to) => cidrs.some((c) => inBlock(c, [], r)) && ports.some((p) => portMatches(p, to))),
    ),
  );
  const common: Record<Direction, Flows> = {
    Ingress: within,
    Egress: within | (allow.dns === false ? 0n : dns) | (allow.apiServer === true ? server : 0n),
  };
  const rules = {
    Ingress: (allow.ingress ?? []).map((r) => ({ pods: r.pods, flows: inSpecRule(r.from, r.ports) })),
    Egress: (allow.egress ?? []).map((r) => ({ pods: r.pods, flows: inSpecRule(r.to, r.ports) })),
  };
  return DIRECTIONS.flatMap((direction) =>
    PODS.map((labels) => {
      if (!isolate.includes(direction) || !selects(podSelector, labels)) return EVERYTHING;
      return common[direction] | union(rules[direction].flatMap((r) => (selects(r.pods, labels) ? r.flows : [])));
    }),
  );
};
