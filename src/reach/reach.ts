import type { Direction } from '../api/policy.ts';
import { parseAddress } from './address-block.ts';
import { type CompiledPolicy, matchRule } from './compiled-policy.ts';
import { isAddress, type Party, type PodClass } from './party.ts';
import { PodIndex } from './pod-index.ts';
import type { Traffic } from './ports.ts';
import type { RuleSets } from './rule-sets.ts';
import {
  allowedBy,
  type End,
  type Endpoint,
  type Exemption,
  isPod,
  type PossibleRule,
  type Verdict,
} from './verdict.ts';
import type { ReachPod, ReachPolicy, World } from './world.ts';

const END = { Ingress: 'ingress', Egress: 'egress' } as const;
const NONE = { isolatedBy: [], allowedBy: [], mayAllow: [] } as const;
const notGoverned = (exemption: Exemption): End => ({ state: 'NotGoverned', exemption, ...NONE });

/** NetworkPolicies do not concern the end for this reason, whoever is at the other one. */
const exemptionOf = (party: Party): Exemption | undefined => {
  if (isAddress(party)) return 'Outside';
  return party.hostNetwork ? 'HostNetwork' : undefined;
};

const isSameNode = (a: string | undefined, b: string | undefined): boolean | undefined =>
  a === undefined || b === undefined ? undefined : a === b;

/** Whether the source is on the node of the destination, which reaches its own pods; undefined: not known. */
export const isOwnNode = (from: Endpoint, to: ReachPod): boolean | undefined =>
  isPod(from) && from.hostNetwork === true && isSameNode(from.node, to.node);

const byNamespace = (policies: readonly (CompiledPolicy | undefined)[]): Map<string, CompiledPolicy[]> =>
  Map.groupBy(
    policies.filter((policy) => policy !== undefined),
    ({ policy }) => policy.namespace,
  );

/** Who reaches whom in a world, by its NetworkPolicies. */
export class Reach {
  readonly world: World;
  readonly #policies: Readonly<Record<Direction, ReadonlyMap<string, readonly CompiledPolicy[]>>>;
  readonly #pods: PodIndex;
  readonly #isolating: Readonly<Record<Direction, Map<PodClass, readonly CompiledPolicy[]>>> = {
    Ingress: new Map(),
    Egress: new Map(),
  };
  /** Equal lists are one object, so that it can be a key. */
  readonly #lists = new Map<string, readonly CompiledPolicy[]>();

  /** @param others policies that `with` may put into the world */
  constructor(world: World, others: readonly ReachPolicy[] = [], pods?: PodIndex) {
    this.world = world;
    this.#pods = pods ?? new PodIndex(world, [...world.policies, ...others]);
    const compiled = (direction: Direction) =>
      byNamespace(world.policies.map((policy) => this.#pods.compiled(policy, direction)));
    this.#policies = { Ingress: compiled('Ingress'), Egress: compiled('Egress') };
  }

  /** The same pods with other policies: those of this world, and others that it was made with. It shares the index. */
  with(policies: readonly ReachPolicy[]): Reach {
    return new Reach({ ...this.world, policies }, [], this.#pods);
  }

  isOfSamePods(other: Reach): boolean {
    return this.#pods === other.#pods;
  }

  /** The namespaces in which another world may have other policies. */
  changedNamespaces(other: Reach): Set<string> {
    const [was, is] = [new Set(this.world.policies), new Set(other.world.policies)];
    return new Set([...was.symmetricDifference(is)].map(({ namespace }) => namespace));
  }

  /** The classes of the pods that were asked about, those of the world first. */
  get classes(): readonly PodClass[] {
    return this.#pods.classes;
  }

  classOf(pod: ReachPod): PodClass {
    return this.#pods.classOf(pod);
  }

  get ruleSets(): RuleSets {
    return this.#pods.ruleSets;
  }

  /** The running pod that has an address; else the endpoint as it is. */
  find(endpoint: Endpoint): Endpoint {
    return isPod(endpoint) ? endpoint : (this.#pods.podAt(endpoint.address) ?? endpoint);
  }

  isNodeAddress(address: string): boolean {
    return this.#pods.isNode(address);
  }

  /** The policies that isolate the pods of a class in a direction; none on the host network. Equal lists are one object. */
  isolating(of: PodClass, direction: Direction): readonly CompiledPolicy[] {
    const known = this.#isolating[direction].get(of);
    if (known !== undefined) return known;
    const list = this.#isolatingOf(of, direction);
    this.#isolating[direction].set(of, list);
    return list;
  }

  #isolatingOf(of: PodClass, direction: Direction): readonly CompiledPolicy[] {
    const all = this.#policies[direction].get(of.namespace);
    if (of.hostNetwork || all === undefined) return [];
    const chosen = [...all.keys()].filter((n) => all[n]!.selects(of.labels));
    const id = `${direction} ${of.namespace} ${chosen.join()}`;
    const list = this.#lists.get(id) ?? chosen.map((n) => all[n]!);
    this.#lists.set(id, list);
    return list;
  }

  /** Whether the verdict has an end Denied, without its reasons. */
  isDenied(direction: Direction, from: ReachPod, to: ReachPod, traffic: Traffic): boolean {
    if (from === to || from.hostNetwork === true)
      return this.verdict(from, to, traffic)[END[direction]].state === 'Denied';
    const [source, target] = [this.classOf(from), this.classOf(to)];
    const [of, peer] = direction === 'Egress' ? [source, target] : [target, source];
    if (of.finished) return false;
    const policies = this.isolating(of, direction);
    if (policies.length === 0) return false;
    return policies.every(({ rules }) => rules.every((rule) => matchRule(rule, peer, target, traffic) === false));
  }

  /**
   * Whether a connection is allowed, and why, at both ends.
   * @throws RangeError when an address is none
   */
  verdict(source: Endpoint, destination: Endpoint, traffic: Traffic): Verdict {
    const [from, to] = [this.find(source), this.find(destination)];
    const [egress, ingress] = this.#ends(from, to, traffic);
    return { from, to, traffic, allowed: allowedBy(egress, ingress), egress, ingress };
  }

  #ends(from: Endpoint, to: Endpoint, traffic: Traffic): [egress: End, ingress: End] {
    // Replicas that are not there yet are one object.
    if (from === to && isPod(from) && from.state === 'Running') return [notGoverned('Itself'), notGoverned('Itself')];
    const [source, target] = [this.#party(from), this.#party(to)];
    const egress = this.#end('Egress', source, target, target, traffic);
    const ingress = this.#end('Ingress', target, source, target, traffic);
    if (!isPod(to) || (ingress.state !== 'Denied' && ingress.state !== 'Unknown')) return [egress, ingress];
    const own = this.#isOwnNode(from, to);
    if (own === false) return [egress, ingress];
    return [egress, own ? notGoverned('OwnNode') : { ...ingress, state: 'Unknown', doubt: 'NodeUnknown' }];
  }

  /** @param of the pod whose policies decide @param to the destination, which may be the same */
  #end(direction: Direction, of: Party, peer: Party, to: Party, traffic: Traffic): End {
    if (!isAddress(of) && of.finished) return { state: 'Finished', ...NONE };
    const exemption = exemptionOf(of);
    if (exemption !== undefined) return notGoverned(exemption);
    const policies = this.isolating(of as PodClass, direction);
    if (policies.length === 0) return { state: 'NotIsolated', ...NONE };
    const matches = policies.flatMap(({ rules }) =>
      rules.map((rule) => ({ ref: rule.ref, match: matchRule(rule, peer, to, traffic) })),
    );
    const allowed = matches.filter(({ match }) => match === true).map(({ ref }) => ref);
    const mayAllow = matches.flatMap(({ ref, match }): PossibleRule[] =>
      typeof match === 'string' ? [{ ...ref, doubt: match }] : [],
    );
    const state = allowed.length > 0 ? 'Allowed' : mayAllow.length > 0 ? 'Unknown' : 'Denied';
    return { state, isolatedBy: policies.map(({ policy }) => policy), allowedBy: allowed, mayAllow };
  }

  #isOwnNode(from: Endpoint, to: ReachPod): boolean | undefined {
    if (isPod(from) || !this.isNodeAddress(from.address)) return isOwnNode(from, to);
    return isSameNode(this.#pods.nodeAt(from.address), to.node);
  }

  #party(endpoint: Endpoint): Party {
    if (isPod(endpoint)) return this.classOf(endpoint);
    const address = parseAddress(endpoint.address);
    if (address === undefined) throw new RangeError(`${endpoint.address} is no IP address`);
    return { address, isNode: this.isNodeAddress(endpoint.address) };
  }
}
