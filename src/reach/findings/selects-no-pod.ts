import type { Peer, Selector } from '../../api/policy.ts';
import { listed } from '../../text/listed.ts';
import type { Finding } from './finding.ts';
import { whySelectsNothing } from './misspelled.ts';
import { isNarrow, type Rule } from './rules.ts';
import { isPodPeer, type Scene } from './scene.ts';

const LATER = 'correct the labels, unless such pods come later';

const nothing = (scene: Scene, where: string, selector: Selector, namespaces: readonly string[]): string => {
  const labels = namespaces.flatMap((namespace) => scene.podsIn(namespace)).map((pod) => pod.labels);
  const what = `pod of namespace ${listed(namespaces, 'or')}`;
  const { why, cure = LATER } = whySelectsNothing(selector, labels, what);
  return `${where} selects no pod, because ${why}: ${cure}`;
};

const ofPods = (scene: Scene, rule: Rule): Finding[] => {
  const { namespace } = scene.policy;
  if (rule.pods === undefined || !isNarrow(rule.pods) || scene.podsOf(rule).length > 0) return [];
  return [{ reason: 'SelectsNoPod', rule: rule.name, message: nothing(scene, 'pods', rule.pods, [namespace]) }];
};

const ofPeer = (scene: Scene, rule: Rule, peer: Peer, index: number): Finding[] => {
  if (!isPodPeer(peer) || peer.pods === undefined || !isNarrow(peer.pods)) return [];
  // NamespaceNotFound is about the others.
  const namespaces = scene.namespacesOf(peer)?.filter((name) => scene.exists(name)) ?? [];
  if (namespaces.length === 0 || !namespaces.every((name) => scene.knowsPodsOf(name))) return [];
  if (scene.podsOfPeer(peer).length > 0) return [];
  const message = nothing(scene, `${rule.field}[${index}]`, peer.pods, namespaces);
  return [{ reason: 'SelectsNoPod', rule: rule.name, message }];
};

/** Selectors that select no pod: most are misspelled. */
export const selectsNoPod = (scene: Scene): Finding[] => {
  const { namespace, network } = scene.policy;
  if (!scene.knowsPodsOf(namespace)) return [];
  if (scene.isolated.length === 0) {
    const { podSelector } = network;
    if (podSelector === undefined || !isNarrow(podSelector)) return [];
    return [{ reason: 'SelectsNoPod', message: nothing(scene, 'podSelector', podSelector, [namespace]) }];
  }
  return scene.rules.flatMap((rule) => [
    ...ofPods(scene, rule),
    ...rule.peers.flatMap((peer, index) => ofPeer(scene, rule, peer, index)),
  ]);
};
