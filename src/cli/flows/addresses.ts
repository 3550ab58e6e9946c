import ipaddr from 'ipaddr.js';
import { NODES, PODS } from '../../kube/kinds.ts';
import { type Address, blockOf, parseAddress } from '../../reach/address-block.ts';
import { isLive, type ReachPod, type ReachService } from '../../reach/world.ts';
import type { LoadedWorld } from '../world/build-world.ts';
import { isUnread } from '../world/from-cluster.ts';
import { isOfKind } from '../world/kubernetes-object.ts';

/** Whose an address is. */
export type Owner =
  | { readonly pod: ReachPod }
  | { readonly service: ReachService }
  | { readonly node: string | undefined }
  | { readonly outside: string }
  /** The cause, with the cure. */
  | { readonly unknown: string };

const PRIVATE = ['private', 'uniqueLocal', 'carrierGradeNat'];

const isPrivate = (address: string): boolean => PRIVATE.includes(ipaddr.process(address).range());

const FIRST_IPV6 = 1n << 128n;

/** The addresses around one: the pods of a node have theirs from one block. */
const neighborhood = (address: Address): string =>
  address >= FIRST_IPV6 ? `6 ${address >> 64n}` : `4 ${address >> 8n}`;

interface NodeSpec {
  readonly podCIDR?: string;
  readonly podCIDRs?: readonly string[];
}

const entries = <T>(owner: T, addresses: readonly string[] = []): [Address, T][] =>
  addresses.flatMap((text): [Address, T][] => {
    const address = parseAddress(text);
    return address === undefined ? [] : [[address, owner]];
  });

/** The addresses of a world. */
export class Addresses {
  readonly #pods: ReadonlyMap<Address, ReachPod>;
  readonly #services: ReadonlyMap<Address, ReachService>;
  readonly #nodes: ReadonlyMap<Address, string | undefined>;
  readonly #neighborhoods: ReadonlySet<string>;
  readonly #blocks: readonly ((address: Address) => boolean)[];
  readonly #loaded: LoadedWorld;

  constructor(loaded: LoadedWorld) {
    const { pods, services, nodes = [] } = loaded.world;
    const live = pods.filter(isLive);
    this.#loaded = loaded;
    this.#pods = new Map(
      live.filter(({ hostNetwork }) => hostNetwork !== true).flatMap((pod) => entries(pod, pod.addresses)),
    );
    this.#services = new Map(services.flatMap((service) => entries(service, service.clusterIPs)));
    this.#nodes = new Map([
      ...live
        .filter(({ hostNetwork }) => hostNetwork === true)
        .flatMap(({ node, addresses }) => entries(node, addresses)),
      ...nodes.flatMap(({ name, addresses }) => entries<string | undefined>(name, addresses)),
    ]);
    this.#neighborhoods = new Set(this.#pods.keys().map(neighborhood));
    const objects = [...(loaded.cluster?.objects ?? []), ...loaded.manifests.map(({ object }) => object)];
    this.#blocks = objects
      .filter((object) => isOfKind(object, NODES))
      .flatMap(({ spec }) => {
        const { podCIDR, podCIDRs } = (spec ?? {}) as NodeSpec;
        return (podCIDRs ?? (podCIDR === undefined ? [] : [podCIDR])).flatMap((cidr) => blockOf({ cidr }) ?? []);
      });
  }

  /** @param text a valid address */
  find(text: string): Owner {
    const address = parseAddress(text)!;
    const pod = this.#pods.get(address);
    if (pod !== undefined) return { pod };
    const service = this.#services.get(address);
    if (service !== undefined) return { service };
    if (this.#nodes.has(address)) return { node: this.#nodes.get(address) };
    const unknown = this.#doubt(text, address);
    return unknown === undefined ? { outside: text } : { unknown };
  }

  /** Why an address that nothing has may be that of a pod or a node all the same. */
  #doubt(text: string, address: Address): string | undefined {
    const { unread, world, cluster } = this.#loaded;
    if (this.#neighborhoods.has(neighborhood(address)) || this.#blocks.some((contains) => contains(address)))
      return `${text} is among the addresses of pods, and no pod has it now`;
    if (isUnread(unread, PODS.kind)) return `${text} may be a pod's: you may not list all Pods`;
    if (!isPrivate(text)) return undefined;
    if (cluster === undefined && this.#pods.size === 0)
      return `${text} may be a pod's: the files have no addresses of pods, which --cluster knows`;
    return world.nodes === undefined ? `${text} may be a node's: no Node is known` : undefined;
  }
}
