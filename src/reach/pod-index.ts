import type { Direction } from '../api/policy.ts';
import { parseAddress } from './address-block.ts';
import { type CompileContext, type CompiledPolicy, compilePolicy } from './compiled-policy.ts';
import { LabelSets } from './label-sets.ts';
import { Namespaces } from './namespaces.ts';
import type { PodClass } from './party.ts';
import { Blocks } from './peers.ts';
import { PodClasses } from './pod-classes.ts';
import { RuleSets } from './rule-sets.ts';
import { isLive, type ReachPod, type ReachPolicy, type World } from './world.ts';

type Compiled = Readonly<Record<Direction, CompiledPolicy | undefined>>;

/** Equal for equal addresses. */
const normal = (address: string): string => parseAddress(address)?.toString() ?? address;

/** What worlds of the same pods share, whatever their policies are. */
export class PodIndex {
  readonly #context: CompileContext;
  readonly #compiled = new WeakMap<ReachPolicy, Compiled>();
  readonly #classes: PodClasses;
  readonly #podsByAddress: ReadonlyMap<string, ReachPod>;
  /** By address; undefined: a pod on the host network has it, and its node is not known. */
  readonly #nodes: ReadonlyMap<string, string | undefined>;
  #ruleSets: RuleSets | undefined;

  /** @param policies all that will be asked about: their ipBlocks tell pods apart */
  constructor({ pods, nodes = [], namespaces }: Omit<World, 'policies'>, policies: readonly ReachPolicy[]) {
    const sets = new LabelSets();
    const blocks = new Blocks();
    this.#context = { sets, namespaces: new Namespaces(namespaces, sets), blocks, peers: new Map(), ports: new Map() };
    for (const policy of policies) this.compiled(policy, 'Ingress');
    blocks.close();
    this.#classes = new PodClasses(sets, blocks);
    for (const pod of pods) this.#classes.of(pod);
    const own = pods.filter((pod) => isLive(pod) && pod.hostNetwork !== true);
    this.#podsByAddress = new Map(own.flatMap((pod) => (pod.addresses ?? []).map((one) => [normal(one), pod])));
    const agents = pods.filter((pod) => isLive(pod) && pod.hostNetwork === true);
    const hosts = [...agents.map(({ node, addresses }) => ({ name: node, addresses })), ...nodes];
    this.#nodes = new Map(hosts.flatMap(({ name, addresses = [] }) => addresses.map((one) => [normal(one), name])));
  }

  compiled(policy: ReachPolicy, direction: Direction): CompiledPolicy | undefined {
    const known = this.#compiled.get(policy);
    if (known !== undefined) return known[direction];
    const compiled = {
      Ingress: compilePolicy(policy, 'Ingress', this.#context),
      Egress: compilePolicy(policy, 'Egress', this.#context),
    };
    this.#compiled.set(policy, compiled);
    return compiled[direction];
  }

  /** The classes of the pods that were asked about, those of the world first. */
  get classes(): readonly PodClass[] {
    return this.#classes.all;
  }

  classOf(pod: ReachPod): PodClass {
    return this.#classes.of(pod);
  }

  /** Of the classes that are known when it is asked for first. */
  get ruleSets(): RuleSets {
    this.#ruleSets ??= new RuleSets([...this.classes]);
    return this.#ruleSets;
  }

  podAt(address: string): ReachPod | undefined {
    return this.#podsByAddress.get(normal(address));
  }

  isNode(address: string): boolean {
    return this.#nodes.has(normal(address));
  }

  nodeAt(address: string): string | undefined {
    return this.#nodes.get(normal(address));
  }
}
