import type { CompiledRule } from './compiled-policy.ts';
import type { PodClass } from './party.ts';
import type { Traffic } from './ports.ts';
import { Sets } from './sets.ts';

/** A declared port of the pods of a class. */
export interface Slot {
  readonly index: number;
  readonly of: PodClass;
  readonly traffic: Traffic;
}

const slotsOf = (classes: readonly PodClass[]): Slot[] => {
  const slots: Slot[] = [];
  for (const of of classes) {
    const distinct = new Map(of.ports.map(({ port, protocol }) => [`${protocol} ${port}`, { port, protocol }]));
    for (const traffic of distinct.values()) slots.push({ index: slots.length, of, traffic });
  }
  return slots;
};

const NONE: readonly Slot[] = [];

/** Peers and ports of rules as sets of classes and of slots. Equal ones are one object, whichever policies have them. */
export class RuleSets {
  readonly classes: readonly PodClass[];
  readonly slots: readonly Slot[];
  /** Of whoever is not isolated. */
  readonly everyClass: Sets;
  readonly everySlot: Sets;
  readonly #slots: ReadonlyMap<PodClass, readonly Slot[]>;
  readonly #byNamespace: ReadonlyMap<string, readonly PodClass[]>;
  readonly #peers = new WeakMap<CompiledRule['peers'], Sets>();
  readonly #destinations = new WeakMap<CompiledRule['peers'], Sets>();
  readonly #ports = new WeakMap<CompiledRule['ports'], Sets>();

  constructor(classes: readonly PodClass[]) {
    this.classes = classes;
    this.slots = slotsOf(classes);
    this.everyClass = new Sets(classes.length, true);
    this.everySlot = new Sets(this.slots.length, true);
    this.#slots = Map.groupBy(this.slots, ({ of }) => of);
    this.#byNamespace = Map.groupBy(classes, ({ namespace }) => namespace);
  }

  slotsOf(of: PodClass): readonly Slot[] {
    return this.#slots.get(of) ?? NONE;
  }

  /** Classes. */
  peers({ peers, isIn }: CompiledRule): Sets {
    const known = this.#peers.get(peers);
    if (known !== undefined) return known;
    const sets = new Sets(this.classes.length);
    for (const [namespace, classes] of this.#byNamespace) {
      if (isIn(namespace)) for (const of of classes) sets.add(of.index, peers(of));
    }
    this.#peers.set(peers, sets);
    return sets;
  }

  /** Every slot of the classes that are peers of an egress rule. */
  destinations(rule: CompiledRule): Sets {
    const known = this.#destinations.get(rule.peers);
    if (known !== undefined) return known;
    const sets = new Sets(this.slots.length);
    const { sure, possible } = this.peers(rule);
    for (const n of possible.numbers()) {
      for (const { index } of this.slotsOf(this.classes[n]!)) {
        sets.possible.add(index);
        if (sure.has(n)) sets.sure.add(index);
      }
    }
    this.#destinations.set(rule.peers, sets);
    return sets;
  }

  /** The slots that the ports of a rule match. */
  ports({ ports }: CompiledRule): Sets {
    const known = this.#ports.get(ports);
    if (known !== undefined) return known;
    const sets = new Sets(this.slots.length);
    for (const { index, of, traffic } of this.slots) sets.add(index, ports(traffic, of));
    this.#ports.set(ports, sets);
    return sets;
  }
}
