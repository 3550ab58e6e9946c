import type { Direction } from '../api/policy.ts';
import { parseAddress } from './address-block.ts';
import { type CompiledPolicy, compilePolicy, matchRule } from './compiled-policy.ts';
import { LabelSets } from './label-sets.ts';
import { Namespaces } from './namespaces.ts';
import { isAddress, type Party, type PodClass } from './party.ts';
import { Blocks, type PeerContext } from './peers.ts';
import { PodClasses } from './pod-classes.ts';
import type { Traffic } from './ports.ts';
import {
  allowedBy,
  type End,
  type Endpoint,
  type Exemption,
  isPod,
  type PossibleRule,
  type Verdict,
} from './verdict.ts';
import type { ReachPod, World } from './world.ts';

const NONE = { isolatedBy: [], allowedBy: [], mayAllow: [] } as const;
const notGoverned = (exemption: Exemption): End => ({ state: 'NotGoverned', exemption, ...NONE });

/** NetworkPolicies do not concern the end for this reason, whoever is at the other one. */
const exemptionOf = (party: Party): Exemption | undefined => {
  if (isAddress(party)) return 'Outside';
  return party.hostNetwork ? 'HostNetwork' : undefined;
};

/** Whether the source is the node of the destination, which reaches its own pods; undefined: not known. */
const isOwnNode = (from: Endpoint, to: ReachPod): boolean | undefined => {
  if (!isPod(from) || from.hostNetwork !== true) return false;
  return from.node === undefined || to.node === undefined ? undefined : from.node === to.node;
};

const byNamespace = (policies: readonly (CompiledPolicy | undefined)[]): Map<string, CompiledPolicy[]> =>
  Map.groupBy(
    policies.filter((policy) => policy !== undefined),
    ({ policy }) => policy.namespace,
  );

/** Who reaches whom in a world, by its NetworkPolicies. */
export class Reach {
  readonly world: World;
  readonly #policies: Readonly<Record<Direction, ReadonlyMap<string, readonly CompiledPolicy[]>>>;
  readonly #classes: PodClasses;
  readonly #isolating = new Map<string, readonly CompiledPolicy[]>();
  /** Equal lists are one object, so that it can be a key. */
  readonly #lists = new Map<string, readonly CompiledPolicy[]>();
  readonly #podsByAddress: ReadonlyMap<string, ReachPod>;
  readonly #nodeAddresses: ReadonlySet<string>;

  constructor(world: World) {
    this.world = world;
    const sets = new LabelSets();
    const context: PeerContext = { sets, namespaces: new Namespaces(world.namespaces, sets), blocks: new Blocks() };
    const compiled = (direction: Direction) =>
      byNamespace(world.policies.map((policy) => compilePolicy(policy, direction, context)));
    this.#policies = { Ingress: compiled('Ingress'), Egress: compiled('Egress') };
    this.#classes = new PodClasses(sets, context.blocks);
    for (const pod of world.pods) this.#classes.of(pod);
    const addressed = world.pods.filter(({ state }) => state !== 'Finished');
    const pods = addressed.filter(({ hostNetwork }) => hostNetwork !== true);
    this.#podsByAddress = new Map(pods.flatMap((pod) => (pod.addresses ?? []).map((one) => [normal(one), pod])));
    const hosts = [...addressed.filter(({ hostNetwork }) => hostNetwork === true), ...(world.nodes ?? [])];
    this.#nodeAddresses = new Set(hosts.flatMap(({ addresses = [] }) => addresses.map(normal)));
  }

  /** The classes of the pods that were asked about, those of the world first. */
  get classes(): readonly PodClass[] {
    return this.#classes.all;
  }

  classOf(pod: ReachPod): PodClass {
    return this.#classes.of(pod);
  }

  /** The running pod that has an address; else the endpoint as it is. */
  find(endpoint: Endpoint): Endpoint {
    return isPod(endpoint) ? endpoint : (this.#podsByAddress.get(normal(endpoint.address)) ?? endpoint);
  }

  /** The policies that isolate the pods of a class in a direction; none on the host network. Equal lists are one object. */
  isolating(of: PodClass, direction: Direction): readonly CompiledPolicy[] {
    if (of.hostNetwork) return [];
    const key = `${direction} ${of.namespace} ${of.labels.id}`;
    const known = this.#isolating.get(key);
    if (known !== undefined) return known;
    const all = this.#policies[direction].get(of.namespace) ?? [];
    const chosen = [...all.keys()].filter((n) => all[n]!.selects(of.labels));
    const id = `${direction} ${of.namespace} ${chosen.join()}`;
    const list = this.#lists.get(id) ?? chosen.map((n) => all[n]!);
    this.#lists.set(id, list);
    this.#isolating.set(key, list);
    return list;
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
    const own = isOwnNode(from, to);
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

  #party(endpoint: Endpoint): Party {
    if (isPod(endpoint)) return this.classOf(endpoint);
    const address = parseAddress(endpoint.address);
    if (address === undefined) throw new RangeError(`${endpoint.address} is no IP address`);
    return { address, isNode: this.#nodeAddresses.has(normal(endpoint.address)) };
  }
}

/** Equal for equal addresses. */
const normal = (address: string): string => parseAddress(address)?.toString() ?? address;
