import type { LabelSelector } from 'kubernetes-types/meta/v1.js';
import type { NetworkSection, Peer, Selector } from '../../api/policy.ts';
import { selectorOf } from '../../api/selector.ts';
import { NAMESPACE_NAME_LABEL } from '../namespaces.ts';
import type { Reach } from '../reach.ts';
import { remembered } from '../remembered.ts';
import type { ReachNamespace, ReachPod, ReachService } from '../world.ts';
import { nearest } from './nearest.ts';
import { isNarrow, type Rule, rulesOf } from './rules.ts';

/** A policy whose NetworkPolicies are in the world of a Reach, whether they exist or would exist in mode Enforce. */
export interface CheckedPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly network: NetworkSection;
}

/** What a world has in each namespace, by name. */
export interface ByNamespace {
  /** The finished ones too: they show which labels are right. */
  readonly pods: ReadonlyMap<string, readonly ReachPod[]>;
  readonly services: ReadonlyMap<string, readonly ReachService[]>;
  readonly namespaceNames: readonly string[];
  /** Answers so far: many policies may name the same namespace. */
  readonly nearest: Map<string, string | undefined>;
}

/** A policy in its world: the pods and namespaces that its rules select. */
export class Scene {
  readonly reach: Reach;
  readonly policy: CheckedPolicy;
  readonly rules: readonly Rule[];
  readonly #world: ByNamespace;
  readonly #isolated: readonly ReachPod[];
  // Several finders ask for the same pods.
  readonly #podsOf = new Map<Rule, readonly ReachPod[]>();
  readonly #podsOfPeer = new Map<Peer, readonly ReachPod[]>();

  constructor(reach: Reach, policy: CheckedPolicy, world: ByNamespace) {
    this.reach = reach;
    this.policy = policy;
    this.rules = rulesOf(policy.network);
    this.#world = world;
    const selects = selectorOf(policy.network.podSelector as LabelSelector | undefined);
    this.#isolated = this.podsIn(policy.namespace).filter(({ labels }) => selects(labels));
  }

  get namespaces(): readonly ReachNamespace[] {
    return this.reach.world.namespaces;
  }

  /** Those that the world describes, and those of its pods. */
  get namespaceNames(): readonly string[] {
    return this.#world.namespaceNames;
  }

  /** Of which a name is probably a misspelling. */
  nearestNamespace(name: string): string | undefined {
    const { nearest: known, namespaceNames } = this.#world;
    if (!known.has(name)) known.set(name, nearest(name, namespaceNames));
    return known.get(name);
  }

  podsIn(namespace: string): readonly ReachPod[] {
    return this.#world.pods.get(namespace) ?? [];
  }

  /** By name. */
  servicesIn(namespaces: ReadonlySet<string>): readonly ReachService[] {
    return [...namespaces].sort().flatMap((namespace) => this.#world.services.get(namespace) ?? []);
  }

  /** Whether the world has the pods of a namespace. */
  knowsPodsOf(namespace: string): boolean {
    if (this.podsIn(namespace).length > 0) return true;
    const found = this.namespaces.find(({ name }) => name === namespace);
    return found === undefined ? this.reach.world.partial === undefined : found.podsUnknown !== true;
  }

  exists(namespace: string): boolean {
    return this.podsIn(namespace).length > 0 || this.namespaces.some(({ name }) => name === namespace);
  }

  /** The pods that the policy isolates, those that are finished included. */
  get isolated(): readonly ReachPod[] {
    return this.#isolated;
  }

  /** The pods that a rule is for. */
  podsOf(rule: Rule): readonly ReachPod[] {
    return remembered(this.#podsOf, rule, () => this.#select(rule));
  }

  #select(rule: Rule): readonly ReachPod[] {
    const selects = selectorOf(rule.pods as LabelSelector | undefined);
    return this.#isolated.filter(({ labels }) => selects(labels));
  }

  /** The namespaces of a peer that is neither an address nor everything; undefined: which they are is unknown. */
  namespacesOf({ namespaces, namespaceSelector }: Peer): readonly string[] | undefined {
    if (namespaces !== undefined) return namespaces;
    if (namespaceSelector === undefined) return [this.policy.namespace];
    if (this.reach.world.partial !== undefined || this.namespaces.some(({ labels }) => labels === undefined))
      return undefined;
    return this.#namespacesWith(namespaceSelector);
  }

  /** Those of known labels. */
  #namespacesWith(selector: Selector): string[] {
    const selects = selectorOf(selector as LabelSelector);
    return this.namespaces
      .filter(({ name, labels }) => labels !== undefined && selects({ ...labels, [NAMESPACE_NAME_LABEL]: name }))
      .map(({ name }) => name);
  }

  /** The pods of a peer, as far as the world has them. */
  podsOfPeer(peer: Peer): readonly ReachPod[] {
    return isPodPeer(peer) ? remembered(this.#podsOfPeer, peer, () => this.#selectPeer(peer)) : [];
  }

  /** Where others can match too, all pods of the known ones may not be those that the peer means. */
  #knownNamespacesOf({ namespaceSelector, pods }: Peer): string[] {
    return namespaceSelector !== undefined && isNarrow(pods) ? this.#namespacesWith(namespaceSelector) : [];
  }

  #selectPeer(peer: Peer): readonly ReachPod[] {
    const selects = selectorOf(peer.pods as LabelSelector | undefined);
    return (this.namespacesOf(peer) ?? this.#knownNamespacesOf(peer)).flatMap((namespace) =>
      this.podsIn(namespace).filter(({ labels }) => selects(labels)),
    );
  }
}

export const isPodPeer = ({ cidr, anywhere }: Peer): boolean => cidr === undefined && anywhere !== true;

/** The labels that a selector requires to have one of some values. */
export const requiredValues = ({
  matchLabels = {},
  matchExpressions = [],
}: Selector): [key: string, values: string[]][] => [
  ...Object.entries(matchLabels).map(([key, value]): [string, string[]] => [key, [value]]),
  ...matchExpressions
    .filter(({ operator }) => operator === 'In')
    .map(({ key, values = [] }): [string, string[]] => [key, values]),
];
