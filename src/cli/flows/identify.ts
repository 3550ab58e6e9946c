import type { IPBlock, NetworkPolicyPort } from 'kubernetes-types/networking/v1.js';
import type { Traffic } from '../../reach/ports.ts';
import { serviceTargets, type Target } from '../../reach/service.ts';
import { type Endpoint, isPod } from '../../reach/verdict.ts';
import type { ReachPod, ReachPolicy, ReachService, World } from '../../reach/world.ts';
import type { LoadedWorld } from '../world/build-world.ts';
import { Addresses } from './addresses.ts';
import type { ObservedConnection, ObservedEnd } from './observed.ts';
import { PodNames } from './pod-names.ts';

/** A connection that the flows may have been: where a log leaves something open, there are several. */
export interface Reading extends Target {
  readonly from: Endpoint;
}

/** OwnNode: the source is the node of the destination, which always reaches it. Unknown: the cause, with the cure. */
export type Identified =
  | { readonly readings: readonly Reading[] }
  | { readonly exempt: 'OwnNode' }
  | { readonly unknown: string };

interface Resolved {
  readonly endpoints: readonly Endpoint[];
  /** The pod is known by its labels only. */
  readonly isHypothetical?: boolean;
  readonly service?: ReachService;
  /** The end is a node, which reaches its own pods. An address is that of another than theirs. */
  readonly node?: { readonly name: string | undefined; readonly address: string | undefined };
}

type Found = Resolved | { readonly unknown: string };

/** For documentation, and so nobody's: they stand for an address that a log does not have. */
const ANYWHERE = ['192.0.2.1', '2001:db8::1'];

const isIPv6 = (address: string): boolean => address.includes(':');
const MOST_BLOCKS = 100;

const rulesOf = ({ spec: { ingress = [], egress = [] } }: ReachPolicy) => [
  ...ingress.map(({ from, ports }) => ({ peers: from, ports })),
  ...egress.map(({ to, ports }) => ({ peers: to, ports })),
];

/**
 * An address within each block that rules name, so that every rule for addresses has one that it allows; of the families
 * that the pods have, or of both.
 */
const addressesIn = (policies: readonly ReachPolicy[], pods: readonly ReachPod[]): string[] => {
  const families = new Set(pods.flatMap(({ addresses = [] }) => addresses.map(isIPv6)));
  const blocks = policies.flatMap(rulesOf).flatMap(({ peers = [] }) => peers.flatMap(({ ipBlock }) => ipBlock ?? []));
  const networks = blocks.flatMap(({ cidr, except = [] }: IPBlock) => [cidr, ...except]);
  const bases = networks.map((network) => network.split('/')[0] ?? '').filter((base) => !/^[0.:]+$/.test(base));
  const all = [...new Set([...ANYWHERE, ...bases])].filter((one) => families.size === 0 || families.has(isIPv6(one)));
  return all.slice(0, MOST_BLOCKS);
};

const portNames = (policies: readonly ReachPolicy[]): string[] => {
  const ports = policies.flatMap(rulesOf).flatMap(({ ports: of = [] }): NetworkPolicyPort[] => of);
  return [...new Set(ports.flatMap(({ port }) => (typeof port === 'string' ? port : [])))];
};

const describe = ({ namespace, pod, podPrefix }: ObservedEnd): string =>
  pod === undefined && podPrefix === undefined
    ? `a pod of namespace ${namespace}`
    : `Pod ${namespace}/${pod ?? `${podPrefix}*`}`;

/** Tells which pods, nodes and addresses of a world the ends of observed connections are. */
export class Identifier {
  readonly #world: World;
  readonly #names: PodNames;
  readonly #addresses: Addresses;
  readonly #anywhere: readonly string[];
  readonly #portNames: readonly string[];
  /** Those of no world: one that is met again is one object, as Reach needs it. */
  readonly #pods = new Map<string, ReachPod>();

  /** @param policies whose rules decide about an address or a port that the log does not have */
  constructor(loaded: LoadedWorld, policies: readonly ReachPolicy[] = loaded.world.policies) {
    this.#world = loaded.world;
    this.#names = new PodNames(loaded.world.pods);
    this.#addresses = new Addresses(loaded);
    this.#anywhere = addressesIn(policies, loaded.world.pods);
    this.#portNames = portNames(policies);
  }

  identify({ source, destination, port, protocol }: ObservedConnection): Identified {
    if (source.outside === 'OwnNode') return { exempt: 'OwnNode' };
    const [from, to] = [this.#resolve(source), this.#resolve(destination)];
    if ('unknown' in from) return from;
    if ('unknown' in to) return to;
    if (from.service !== undefined) return { unknown: `the source has the address of ${serviceName(from.service)}` };
    const targets = this.#targets(to, { port, protocol });
    if ('unknown' in targets) return targets;
    return {
      readings: targets.flatMap((target) => this.#sourcesFor(from, target).map((one) => ({ from: one, ...target }))),
    };
  }

  #targets({ endpoints, isHypothetical, service, node }: Resolved, traffic: Traffic): Target[] | { unknown: string } {
    if (service !== undefined) {
      const { targets, problems } = serviceTargets(service, traffic, this.#world);
      return targets.length > 0 ? [...targets] : { unknown: problems.join('; ') };
    }
    if (node !== undefined)
      return [{ to: node.address === undefined ? this.#host(node.name) : { address: node.address }, traffic }];
    return endpoints
      .flatMap((to) => (isPod(to) && isHypothetical ? [to, this.#named(to, traffic)] : [to]))
      .map((to) => ({ to, traffic }));
  }

  /** The same pod, if the port had every name that a rule has for one. */
  #named(pod: ReachPod, { port, protocol }: Traffic): ReachPod {
    const key = JSON.stringify([pod.namespace, pod.name, pod.labels, port, protocol]);
    const ports = this.#portNames.map((name) => ({ name, port, protocol }));
    const named = this.#pods.get(key) ?? { ...pod, ports };
    this.#pods.set(key, named);
    return named;
  }

  /** A host: NetworkPolicies do not concern it. */
  #host(name: string | undefined, address?: string): ReachPod {
    const key = JSON.stringify([name, address]);
    const host: ReachPod = this.#pods.get(key) ?? {
      ...{ namespace: '', name: name ?? '', labels: {}, ports: [], state: 'Planned', hostNetwork: true },
      ...(name !== undefined && { node: name }),
      ...(address !== undefined && { addresses: [address] }),
    };
    this.#pods.set(key, host);
    return host;
  }

  /** A node is a host to its own pods, and an address to others. */
  #sourcesFor({ endpoints, node }: Resolved, { to }: Target): readonly Endpoint[] {
    if (node === undefined) return endpoints;
    const { name, address } = node;
    const isOther = isPod(to) && to.node !== undefined && name !== undefined && to.node !== name;
    return [isOther && address !== undefined ? { address } : this.#host(name, address)];
  }

  #resolve(end: ObservedEnd): Found {
    if (end.namespace !== undefined) return this.#pod(end);
    const { address, outside, node, service } = end;
    if (outside === 'Proxy')
      return { unknown: "the end is Cilium's ingress proxy, about which NetworkPolicies do not say anything" };
    const owner = address === undefined ? undefined : this.#addresses.find(address);
    if (owner !== undefined && 'pod' in owner) return { endpoints: [owner.pod] };
    if (owner !== undefined && 'service' in owner) return { endpoints: [], service: owner.service };
    const named =
      service && this.#world.services.find((one) => one.namespace === service.namespace && one.name === service.name);
    if (named !== undefined) return { endpoints: [], service: named };
    const isNode = owner !== undefined && 'node' in owner;
    if (isNode || outside === 'Node' || outside === 'OwnNode')
      return { endpoints: [], node: { name: node ?? (isNode ? owner.node : undefined), address } };
    if (address !== undefined && outside === 'World') return { endpoints: [{ address }] };
    if (address !== undefined && owner !== undefined) return 'unknown' in owner ? owner : { endpoints: [{ address }] };
    if (outside === undefined) return { unknown: 'the log names neither a pod nor an address' };
    const anywhere = this.#anywhere.map((one) => ({ address: one }));
    // Without a host endpoint, Calico calls a node an address of a private network.
    return { endpoints: outside === 'Private' ? [...anywhere, this.#host(undefined)] : anywhere };
  }

  #pod(end: ObservedEnd): Found {
    const found = this.#names.find(end);
    if (found !== undefined) return { endpoints: [found.pod], isHypothetical: found.as === 'Hypothetical' };
    const owner = end.address === undefined ? undefined : this.#addresses.find(end.address);
    if (owner !== undefined && 'pod' in owner && owner.pod.namespace === end.namespace)
      return { endpoints: [owner.pod] };
    return { unknown: `${describe(end)} is not there, and the log does not have its labels` };
  }
}

const serviceName = ({ namespace, name }: ReachService): string => `Service ${namespace}/${name}`;
