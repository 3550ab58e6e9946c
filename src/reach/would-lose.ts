import { clientsText, portsText } from './aggregate.ts';
import { Bits } from './bits.ts';
import { isLost, Losses } from './losses.ts';
import { portText } from './ports.ts';
import { Reach } from './reach.ts';
import { type Representative, Workloads } from './workloads.ts';
import type { ReachPod } from './world.ts';

interface Sentence {
  readonly size: number;
  readonly text: string;
}

/** Workloads at the other end, by the ports at which they are lost. */
type Lost = Map<string, Bits>;

const addLost = (lost: Lost, port: string, workloads: Bits): void => {
  const known = lost.get(port);
  if (known === undefined) lost.set(port, workloads.copy());
  else known.addAll(workloads);
};

/** The connections that other policies take away, in sentences. The world is sorted once for all of them. */
export class WouldLose {
  readonly #before: Reach;
  readonly #losses: Losses;
  readonly #workloads: Workloads;
  readonly #byNamespace: ReadonlyMap<string, readonly Representative[]>;

  /** @param before the world without the policies */
  constructor(before: Reach) {
    this.#before = before;
    this.#losses = new Losses(before);
    this.#workloads = new Workloads(before);
    this.#byNamespace = Map.groupBy(this.#workloads.all, ({ pod }) => pod.namespace);
  }

  /**
   * The connections to declared ports of the workloads of a namespace, and those that they open to others.
   * @param after the same pods with other policies
   */
  in(namespace: string, after: Reach): string[] {
    const own = this.#byNamespace.get(namespace) ?? [];
    const losses = this.#losses.in(namespace, after);
    const sentences = [...this.#incoming(own, losses), ...this.#outgoing(own, losses)];
    return sentences.sort((a, b) => b.size - a.size || (a.text < b.text ? -1 : 1)).map(({ text }) => text);
  }

  #incoming(own: readonly Representative[], losses: ReturnType<Losses['in']>): Sentence[] {
    const clients = new Map<string, Bits>();
    const byWorkload = [...Map.groupBy(own, ({ workload }) => workload)];
    return byWorkload.flatMap(([workload, representatives]) => {
      const lost: Lost = new Map();
      for (const to of representatives) {
        for (const slot of this.#before.ruleSets.slotsOf(this.#before.classOf(to.pod))) {
          const sources = losses.sources(slot);
          const { key } = sources;
          const all = clients.get(key) ?? this.#workloads.ofClasses(sources);
          clients.set(key, all);
          addLost(lost, portText(slot.traffic), this.#clientsOf(to, sources, all.copy(), representatives));
        }
      }
      return this.#sentences(lost, workload);
    });
  }

  /** @param all workloads of the sources, but for the host network @param alike of the same workload as the destination */
  #clientsOf({ pod, workload }: Representative, sources: Bits, all: Bits, alike: readonly Representative[]): Bits {
    const isSource = (one: Representative): boolean =>
      sources.has(this.#before.classOf(one.pod).index) && isLost(one.pod, pod);
    if (!alike.some(isSource)) all.remove(workload);
    for (const one of this.#workloads.onHostNetwork) if (isSource(one)) all.add(one.workload);
    return all;
  }

  /** Which clients lose a port decides what a sentence says, so ports of the same clients share one. */
  #sentences(lost: Lost, workload: number): Sentence[] {
    const byClients = Map.groupBy(lost, ([, workloads]) => workloads.key);
    return [...byClients.values()].flatMap((same): Sentence[] => {
      const { size, text } = this.#describe(same[0]![1]);
      const ports = portsText(same.map(([port]) => port));
      const name = this.#workloads.names[workload]!;
      return size === 0 ? [] : [{ size, text: `${name} would no longer be reachable at ${ports} from ${text}` }];
    });
  }

  #outgoing(own: readonly Representative[], losses: ReturnType<Losses['in']>): Sentence[] {
    const described = new Map<string, Sentence>();
    return [...Map.groupBy(own, ({ workload }) => workload)].flatMap(([workload, representatives]): Sentence[] => {
      const slots = new Bits(this.#before.ruleSets.slots.length);
      const onHost: [ReachPod, Bits][] = [];
      for (const { pod } of representatives) {
        const lost = losses.destinations(this.#before.classOf(pod));
        if (pod.hostNetwork !== true) slots.addAll(lost);
        else if (!lost.isEmpty()) onHost.push([pod, lost]);
      }
      // Most workloads of a namespace lose the same.
      const key = onHost.length === 0 ? slots.key : `${workload}`;
      const { size, text } = described.get(key) ?? this.#destinations([[undefined, slots], ...onHost]);
      described.set(key, { size, text });
      const name = this.#workloads.names[workload]!;
      return size === 0 ? [] : [{ size, text: `${name} could no longer connect to ${text}` }];
    });
  }

  /** @param lost slots, with the pod on the host network that loses them: not those of its own node */
  #destinations(lost: readonly (readonly [from: ReachPod | undefined, slots: Bits])[]): Sentence {
    const workloads = new Bits(this.#workloads.names.length);
    const ports = new Set<string>();
    for (const [from, slots] of lost) {
      for (const n of slots.numbers()) {
        const { of, traffic } = this.#before.ruleSets.slots[n]!;
        for (const { pod, workload } of this.#workloads.ofClass(of.index)) {
          if (from !== undefined && !isLost(from, pod)) continue;
          workloads.add(workload);
          ports.add(portText(traffic));
        }
      }
    }
    const { size, text } = this.#describe(workloads);
    return { size, text: `${text} at ${portsText([...ports])}` };
  }

  #describe(workloads: Bits): Sentence {
    const { names } = this.#workloads;
    const size = workloads.count;
    const text = clientsText(
      size,
      () => [...workloads.numbers()].map((n) => names[n]!),
      () => this.#workloads.namespacesOf(workloads),
    );
    return { size, text };
  }
}

/** The same for one namespace. @param before the world without the policies @param after the same pods with them */
export const wouldLose = (before: Reach, after: Reach, namespace: string): string[] => {
  if (after.isOfSamePods(before)) return new WouldLose(before).in(namespace, after);
  const shared = new Reach(before.world, after.world.policies);
  return new WouldLose(shared).in(namespace, shared.with(after.world.policies));
};
