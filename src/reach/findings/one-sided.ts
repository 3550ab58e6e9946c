import type { Peer, Selector } from '../../api/policy.ts';
import { listed } from '../../text/listed.ts';
import { policyNames, workloadName } from '../naming.ts';
import { portText, type Traffic } from '../ports.ts';
import { representatives } from '../representatives.ts';
import type { End } from '../verdict.ts';
import type { ReachPod } from '../world.ts';
import { trafficOf } from './destinations.ts';
import type { Finding } from './finding.ts';
import { isNarrow, type Rule } from './rules.ts';
import { isPodPeer, requiredValues, type Scene } from './scene.ts';

/** More kinds of pods than this at one end are no longer compared: a rule for so many is no mistake about one. */
const MOST = 50;
const MOST_NAMED = 3;

/** A connection that the rule allows at its end, and the verdict of the other end. */
interface Pair {
  /** Of the pod that is not the rule's. */
  readonly other: ReachPod;
  readonly own: ReachPod;
  readonly ports: readonly string[];
  /** Absent: the connection is allowed, or it is not known. */
  readonly denied?: End;
}

const hasList = (selector: Selector | undefined): boolean =>
  selector !== undefined && requiredValues(selector).some(([, values]) => values.length > 1);

/** A rule for one kind of pods at each end means each port that it lists; one for several can be the sum of theirs. */
const meansEachPort = ({ pods, peers, ports }: Rule): boolean =>
  ports !== undefined &&
  peers.length === 1 &&
  [pods, peers[0]?.pods].every((selector) => isNarrow(selector) && !hasList(selector));

/** The ports of a rule that the other end denies, and the first of them. */
const deniedOf = (
  rule: Rule,
  to: ReachPod,
  ends: readonly { one: Traffic; isDenied: boolean }[],
): { ports: string[]; first?: Traffic } => {
  const denied = ends.filter(({ isDenied }) => isDenied);
  const isDeclared = ({ one }: { one: Traffic }): boolean =>
    to.ports.some(({ port, protocol }) => port === one.port && protocol === one.protocol);
  const counted = denied.length === ends.length ? ends : meansEachPort(rule) ? denied.filter(isDeclared) : [];
  const ports = (counted.length > 0 ? counted : ends).map(({ one }) => portText(one));
  return { ports, ...(counted.length > 0 && { first: counted[0]!.one }) };
};

const pairOf = (scene: Scene, rule: Rule, own: ReachPod, other: ReachPod): Pair[] => {
  const [from, to] = rule.direction === 'Ingress' ? [other, own] : [own, other];
  const traffic = trafficOf(rule, to);
  if (traffic.length === 0 || from === to) return [];
  const [end, field] =
    rule.direction === 'Ingress' ? (['Egress', 'egress'] as const) : (['Ingress', 'ingress'] as const);
  const ends = traffic.map((one) => ({ one, isDenied: scene.reach.isDenied(end, from, to, one) }));
  const { ports, first } = deniedOf(rule, to, ends);
  return [{ other, own, ports, ...(first && { denied: scene.reach.verdict(from, to, first)[field] }) }];
};

/** A selector of some pods. One that all pods have, as the name of their application, means no single one of them. */
const isSelection = (
  selector: Selector | undefined,
  selected: readonly ReachPod[],
  all: readonly ReachPod[],
): boolean => {
  if (!isNarrow(selector)) return false;
  if (hasList(selector)) return true;
  const found = new Set(selected);
  return !all.every((pod) => found.has(pod));
};

/** The pods that a peer could select: of the policy's own namespace, those that the policy isolates. */
const candidatesOf = (scene: Scene, { namespaces, namespaceSelector }: Peer): readonly ReachPod[] =>
  namespaces === undefined && namespaceSelector === undefined
    ? scene.isolated
    : scene.podsOfPeer({
        ...(namespaces && { namespaces }),
        ...(namespaceSelector && { namespaceSelector }),
      });

/** Where a side is a selection, each pod of it is meant; where it is all pods, only that one of them works. */
const deniedPairs = (scene: Scene, pairs: readonly Pair[], rule: Rule, peer: Peer): Pair[] => {
  if (pairs.every(({ denied }) => denied === undefined)) return [];
  const isOwn = isSelection(rule.pods, scene.podsOf(rule), scene.isolated);
  const isOther = isSelection(peer.pods, scene.podsOfPeer(peer), candidatesOf(scene, peer));
  const sides = Map.groupBy(pairs, ({ own, other }) =>
    JSON.stringify([isOwn && workloadName(own), isOther && workloadName(other)]),
  );
  return [...sides.values()].flatMap((of) => (of.every(({ denied }) => denied !== undefined) ? of : []));
};

const some = (names: readonly string[]): string => {
  const all = [...new Set(names)].sort();
  const more = all.length - MOST_NAMED;
  return listed(more > 0 ? [...all.slice(0, MOST_NAMED), `${more} more`] : all);
};

const portsText = (ports: readonly string[]): string => `port${new Set(ports).size === 1 ? '' : 's'} ${some(ports)}`;

/** The other end may deny a port because the rule misspells it: a rule there would repeat the mistake. */
const undeclared = (rule: Rule, pairs: readonly Pair[]): string | undefined => {
  const to = pairs.map(({ own, other }) => (rule.direction === 'Ingress' ? own : other));
  const declared = to.flatMap(({ ports }) => ports.map(portText));
  if (declared.length === 0 || pairs.some(({ ports }) => ports.some((port) => declared.includes(port))))
    return undefined;
  return `${some(to.map(workloadName))} ${new Set(to.map(workloadName)).size === 1 ? 'declares' : 'declare'} only ${portsText(declared)}, so write ${new Set(declared).size === 1 ? 'that' : 'one of them'}, or `;
};

const describe = (rule: Rule, pairs: readonly Pair[]): string => {
  const own = some(pairs.map((pair) => workloadName(pair.own)));
  const other = workloadName(pairs[0]!.other);
  const ports = portsText(pairs.flatMap((pair) => pair.ports));
  const { isolatedBy } = pairs[0]!.denied!;
  const [from, to] = rule.direction === 'Ingress' ? [other, own] : [own, other];
  const missing = rule.direction === 'Ingress' ? 'egress' : 'ingress';
  const field = isolatedBy.some(({ origin }) => origin !== undefined) ? `allow.${missing}` : missing;
  const denies = `${listed(policyNames(isolatedBy))} ${policyNames(isolatedBy).length === 1 ? 'denies' : 'deny'} it`;
  const cure = `add a rule to its ${field}`;
  return `allows ${from} to connect to ${to} at ${ports}, but ${denies} as ${missing} of ${other}: ${undeclared(rule, pairs) ?? ''}${cure}`;
};

const ofPeer = (scene: Scene, rule: Rule, peer: Peer): Pair[] => {
  if (!isPodPeer(peer)) return [];
  const own = representatives(scene.reach, scene.podsOf(rule));
  const others = representatives(scene.reach, scene.podsOfPeer(peer));
  if (own.length > MOST || others.length > MOST) return [];
  const pairs = own.flatMap((pod) => others.flatMap((other) => pairOf(scene, rule, pod, other)));
  return deniedPairs(scene, pairs, rule, peer);
};

/** Rules that allow one end of a connection between two isolated pods, while the other end denies it. */
export const oneSided = (scene: Scene): Finding[] =>
  scene.rules.flatMap((rule) => {
    const denied = rule.peers.flatMap((peer) => ofPeer(scene, rule, peer));
    const byOther = Map.groupBy(denied, ({ other }) => workloadName(other));
    return [...byOther.values()].map(
      (pairs): Finding => ({ reason: 'OneSided', rule: rule.name, message: describe(rule, pairs) }),
    );
  });
