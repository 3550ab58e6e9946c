import type { Port } from '../../api/policy.ts';
import { portText, type Traffic } from '../ports.ts';
import { type ContainerPort, isLive, type Protocol, type ReachPod } from '../world.ts';
import type { Rule } from './rules.ts';
import { isPodPeer, type Scene } from './scene.ts';

/** The pods whose ports a rule has: its own of an ingress rule, its peers of an egress rule. */
export const destinationsOf = (scene: Scene, rule: Rule): ReachPod[] =>
  (rule.direction === 'Ingress'
    ? [...scene.podsOf(rule)]
    : [...new Set(rule.peers.flatMap((peer) => scene.podsOfPeer(peer)))]
  ).filter(isLive);

/** Whether those are all of them. */
export const knowsDestinations = (scene: Scene, { direction, peers }: Rule): boolean =>
  direction === 'Ingress'
    ? scene.knowsPodsOf(scene.policy.namespace)
    : peers.every(
        (peer) => isPodPeer(peer) && (scene.namespacesOf(peer)?.every((name) => scene.knowsPodsOf(name)) ?? false),
      );

export const protocolOf = ({ protocol = 'TCP' }: Port): Protocol => protocol;

const has = (rule: Port, { port, name, protocol }: ContainerPort): boolean => {
  if (protocolOf(rule) !== protocol) return false;
  if (rule.port === undefined) return true;
  return typeof rule.port === 'string' ? rule.port === name : rule.port <= port && port <= (rule.endPort ?? rule.port);
};

/** The ports of a pod that a rule has: the declared ones, and single numbers, declared or not. */
export const trafficOf = ({ ports }: Rule, pod: ReachPod): Traffic[] => {
  const declared = pod.ports.filter((one) => ports === undefined || ports.some((port) => has(port, one)));
  const single = (ports ?? []).flatMap((port): Traffic[] =>
    typeof port.port === 'number' && port.endPort === undefined
      ? [{ port: port.port, protocol: protocolOf(port) }]
      : [],
  );
  const all = [...declared, ...single].map(({ port, protocol }) => ({ port, protocol }));
  return [...new Map(all.map((traffic) => [portText(traffic), traffic])).values()];
};
