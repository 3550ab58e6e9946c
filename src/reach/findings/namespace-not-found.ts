import type { Peer } from '../../api/policy.ts';
import { NAMESPACE_NAME_LABEL } from '../namespaces.ts';
import type { Finding } from './finding.ts';
import { whySelectsNothing } from './misspelled.ts';
import type { Rule } from './rules.ts';
import type { Scene } from './scene.ts';

/** Of a name that the world does not have: in a part of a cluster, only a near name shows a mistake. */
const PROBLEMS = { Files: 'is described in no file', Readable: 'is none of those that Palisade may read' } as const;

const ofName = (scene: Scene, rule: Rule, index: number, name: string): Finding[] => {
  const { partial } = scene.reach.world;
  if (scene.exists(name)) return [];
  const near = scene.nearestNamespace(name);
  const isKnown = partial === undefined;
  if (!isKnown && near === undefined) return [];
  const problem = partial === undefined ? 'does not exist' : PROBLEMS[partial];
  const unless = partial === 'Readable' ? ', unless it exists' : '';
  const cure = near === undefined ? 'correct the name, unless it is created later' : `write ${near}${unless}`;
  const message = `${rule.field}[${index}] names namespace ${name}, which ${problem}: ${cure}`;
  return [{ reason: 'NamespaceNotFound', rule: rule.name, message }];
};

const ofSelector = (scene: Scene, rule: Rule, index: number, peer: Peer): Finding[] => {
  if (peer.namespaceSelector === undefined || scene.namespacesOf(peer)?.length !== 0) return [];
  const labels = scene.namespaces.map((one) => ({ ...one.labels, [NAMESPACE_NAME_LABEL]: one.name }));
  const { why, cure = 'correct the labels, unless such a namespace is created later' } = whySelectsNothing(
    peer.namespaceSelector,
    labels,
    'namespace',
  );
  const message = `${rule.field}[${index}] selects no namespace, because ${why}: ${cure}`;
  return [{ reason: 'NamespaceNotFound', rule: rule.name, message }];
};

/** Peers in namespaces that do not exist. */
export const namespaceNotFound = (scene: Scene): Finding[] =>
  scene.rules.flatMap((rule) =>
    rule.peers.flatMap((peer, index) => [
      ...(peer.namespaces ?? []).flatMap((name) => ofName(scene, rule, index, name)),
      ...ofSelector(scene, rule, index, peer),
    ]),
  );
