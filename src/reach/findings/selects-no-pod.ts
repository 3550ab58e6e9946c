import type { Peer, Selector } from '../../api/policy.ts';
import { listed } from '../../text/listed.ts';
import { CONTROLLER_LABELS } from '../kubernetes-objects.ts';
import type { Labels } from '../world.ts';
import type { Finding } from './finding.ts';
import { misspelledValues, whySelectsNothing } from './misspelled.ts';
import { isNarrow, type Rule } from './rules.ts';
import { isPodPeer, requiredValues, type Scene } from './scene.ts';

const LATER = 'correct the labels, unless such pods come later';

const MOST_NAMESPACES = 3;

const podsText = (namespaces: readonly string[]): string => `pod of namespace ${listed(namespaces, 'or')}`;

const labelsIn = (scene: Scene, namespaces: readonly string[]): Labels[] =>
  namespaces.flatMap((namespace) => scene.podsIn(namespace)).map(({ labels }) => labels);

/** A peer without namespaces is in the policy's own, although such pods are elsewhere. */
const elsewhere = (scene: Scene, selector: Selector): string | undefined => {
  const found = scene.namespaceNames.filter(
    (name) => scene.podsOfPeer({ namespaces: [name], pods: selector }).length > 0,
  );
  const shown = found.toSorted().slice(0, MOST_NAMESPACES);
  return found.length === 0
    ? undefined
    : `such pods are in namespace ${listed(shown, 'or')}, so write namespaces: [${shown[0]}] beside pods`;
};

/** A controller gives its pods labels that the template of pods that are not there yet does not have. */
const isGivenLater = (scene: Scene, selector: Selector, namespaces: readonly string[]): boolean => {
  const pods = namespaces.flatMap((namespace) => scene.podsIn(namespace));
  const isOfController = requiredValues(selector).some(([key]) => CONTROLLER_LABELS.includes(key));
  return isOfController && pods.some(({ state }) => state === 'Planned');
};

const nothing = (scene: Scene, where: string, selector: Selector, namespaces: readonly string[]): string[] => {
  const { why, cure } = whySelectsNothing(selector, labelsIn(scene, namespaces), podsText(namespaces));
  if (cure === undefined && isGivenLater(scene, selector, namespaces)) return [];
  const other =
    cure === undefined && where !== 'podSelector' && where !== 'pods' ? elsewhere(scene, selector) : undefined;
  return [`${where} selects no pod, because ${why}: ${cure ?? other ?? LATER}`];
};

/** A selector that selects pods, but none for some value of a list. */
const partly = (scene: Scene, where: string, selector: Selector, namespaces: readonly string[]): string[] =>
  misspelledValues(selector, labelsIn(scene, namespaces), podsText(namespaces)).map(
    ({ why, cure }) => `${where} selects no pod for one of its values, because ${why}: ${cure}`,
  );

const ofPods = (scene: Scene, rule: Rule): string[] => {
  const { namespace } = scene.policy;
  const { pods } = rule;
  if (pods === undefined || !isNarrow(pods)) return [];
  if (scene.podsOf(rule).length > 0) return partly(scene, 'pods', pods, [namespace]);
  const hasPods = scene.podsOfPeer({ pods }).length > 0;
  return hasPods
    ? ['pods selects no pod that podSelector selects, so the rule allows nothing: correct pods or podSelector']
    : nothing(scene, 'pods', pods, [namespace]);
};

const ofPeer = (scene: Scene, rule: Rule, peer: Peer, index: number): string[] => {
  if (!isPodPeer(peer) || peer.pods === undefined || !isNarrow(peer.pods)) return [];
  // NamespaceNotFound is about the others.
  const namespaces = scene.namespacesOf(peer)?.filter((name) => scene.exists(name)) ?? [];
  if (namespaces.length === 0 || !namespaces.every((name) => scene.knowsPodsOf(name))) return [];
  const where = `${rule.field}[${index}]`;
  return scene.podsOfPeer(peer).length > 0
    ? partly(scene, where, peer.pods, namespaces)
    : nothing(scene, where, peer.pods, namespaces);
};

/** Selectors that select no pod: most are misspelled. */
export const selectsNoPod = (scene: Scene): Finding[] => {
  const { namespace, network } = scene.policy;
  // A policy may be there before every pod.
  if (!scene.knowsPodsOf(namespace) || scene.podsIn(namespace).length === 0) return [];
  const reason = 'SelectsNoPod';
  const { podSelector } = network;
  if (scene.isolated.length === 0)
    return podSelector && isNarrow(podSelector)
      ? nothing(scene, 'podSelector', podSelector, [namespace]).map((message) => ({ reason, message }))
      : [];
  const own = podSelector === undefined ? [] : partly(scene, 'podSelector', podSelector, [namespace]);
  return [
    ...own.map((message): Finding => ({ reason, message })),
    ...scene.rules.flatMap((rule) =>
      [...ofPods(scene, rule), ...rule.peers.flatMap((peer, index) => ofPeer(scene, rule, peer, index))].map(
        (message): Finding => ({ reason, rule: rule.name, message }),
      ),
    ),
  ];
};
