import type { Direction, NetworkSection, Peer, Port, Selector } from '../../api/policy.ts';
import { intersect, isEmpty, type PodSet, podSet, podSetKey } from '../../policy/sections/network/requirements.ts';
import { isolated } from '../../policy/sections/network/rules.ts';
import { isolatesNothing, withoutEffect } from '../../policy/sections/network/without-effect.ts';
import { printable } from '../../text/printable.ts';
import { describePeer } from './peer.ts';
import { describePorts } from './ports.ts';
import { selected } from './selector.ts';

interface Rule {
  readonly description?: string;
  readonly pods?: Selector;
  readonly peers: readonly Peer[];
  readonly ports?: readonly Port[];
}

interface Wording {
  /** The permitted action. */
  readonly may: string;
  /** Between ports and peers. */
  readonly preposition: 'from' | 'of';
  readonly nothing: string;
  readonly nothingElse: string;
  readonly open: string;
}

const WORDING: Readonly<Record<Direction, Wording>> = {
  Ingress: {
    may: 'may receive',
    preposition: 'from',
    nothing: 'All incoming connections are denied.',
    nothingElse: 'All other incoming connections are denied.',
    open: 'This policy does not restrict incoming connections.',
  },
  Egress: {
    may: 'may connect to',
    preposition: 'of',
    nothing: 'All outgoing connections are denied, including DNS.',
    nothingElse: 'All other outgoing connections are denied.',
    open: 'This policy does not restrict outgoing connections.',
  },
};

const CAVEATS = [
  'Other policies and NetworkPolicies in the namespace may allow more: NetworkPolicies are additive.',
  'A connection between two isolated pods must be allowed at both ends.',
  'Always allowed: replies, traffic from a pod to itself, and traffic between a pod and its own node. NetworkPolicies usually do not apply to pods on the host network.',
];

const rulesOf = ({ allow = {} }: NetworkSection, direction: Direction): Rule[] =>
  direction === 'Ingress'
    ? (allow.ingress ?? []).map(({ from, ...rule }) => ({ ...rule, peers: from }))
    : (allow.egress ?? []).map(({ to, ...rule }) => ({ ...rule, peers: to }));

/** The connections that a switch, not a rule, allows to all selected pods. */
const switches = ({ allow = {} }: NetworkSection, direction: Direction): string[] => {
  const { preposition } = WORDING[direction];
  return [
    ...(direction === 'Egress' && allow.dns !== false
      ? ["the cluster's DNS, as the operator's --dns-peers defines it"]
      : []),
    ...(direction === 'Egress' && allow.apiServer === true
      ? ['the Kubernetes API server, at its current addresses']
      : []),
    ...(allow.sameNamespace === true ? [`every port ${preposition} all pods in this namespace`] : []),
  ];
};

const ruleLines = ({ description, peers, ports }: Rule, { preposition }: Wording): string[] => {
  const purpose = description === undefined ? '' : ` — ${printable(description)}`;
  const everything = peers.find(({ anywhere }) => anywhere === true);
  const redundant = peers.length > 1 ? ', so the other peers of the rule add nothing' : '';
  if (everything !== undefined)
    return [`${describePorts(ports)} ${preposition} ${describePeer(everything)}${redundant}${purpose}`];
  return peers.map((peer) => `${describePorts(ports)} ${preposition} ${describePeer(peer)}${purpose}`);
};

const allowsAll = ({ peers, ports = [] }: Rule): boolean =>
  ports.length === 0 && peers.some(({ anywhere }) => anywhere === true);

const sentenceCase = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const groupLines = (pods: PodSet, also: boolean, lines: readonly string[], { may }: Wording): string[] => {
  if (lines.length === 0) return [];
  if (isEmpty(pods))
    return [
      `These rules have no effect, because there can be no ${selected('pods', pods)}:`,
      ...lines.map((l) => `  - ${l}`),
    ];
  const who = sentenceCase(selected('pods', pods));
  return [`${who} ${also ? may.replace('may', 'may also') : may}:`, ...lines.map((l) => `  - ${l}`)];
};

const isolatedLines = (network: NetworkSection, direction: Direction): string[] => {
  const wording = WORDING[direction];
  const all = podSet(network.podSelector);
  const everywhere = switches(network, direction);
  const groups = Map.groupBy(rulesOf(network, direction), (rule) => podSetKey(intersect(all, podSet(rule.pods))));
  const forAll = [...everywhere, ...(groups.get(podSetKey(all)) ?? []).flatMap((rule) => ruleLines(rule, wording))];
  const forSome = [...groups].flatMap(([key, rules]) =>
    key === podSetKey(all)
      ? []
      : groupLines(
          intersect(all, podSet(rules[0]?.pods)),
          forAll.length > 0,
          rules.flatMap((rule) => ruleLines(rule, wording)),
          wording,
        ),
  );
  const lines = [...groupLines(all, false, forAll, wording), ...forSome];
  if (lines.length === 0) return [wording.nothing];
  return (groups.get(podSetKey(all)) ?? []).some(allowsAll) ? lines : [...lines, wording.nothingElse];
};

/** The allowed connections, line by line. */
export const explainNetwork = (network: NetworkSection | undefined): string[] => {
  if (network === undefined) return ['Network: this policy neither restricts nor allows traffic.'];
  const all = podSet(network.podSelector);
  const nothing = isolatesNothing(network);
  if (nothing !== undefined) return [`Network: no effect. ${nothing}.`];
  const directions = isolated(network);
  const scope =
    all.length === 0 ? 'all pods in the namespace' : `${selected('pods', all)}; other pods are not affected`;
  const about = (direction: Direction): string[] =>
    directions.includes(direction) ? isolatedLines(network, direction) : [WORDING[direction].open];
  const idle = withoutEffect(network).map((text) => `Warning: ${text}.`);
  return [`Network: ${scope}`, ...[...about('Ingress'), ...about('Egress'), ...idle, ...CAVEATS].map((l) => `  ${l}`)];
};
