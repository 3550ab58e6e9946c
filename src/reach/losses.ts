import { Bits } from './bits.ts';
import { Matrix } from './matrix.ts';
import type { PodClass } from './party.ts';
import { isOwnNode, type Reach } from './reach.ts';
import type { Slot } from './rule-sets.ts';
import type { Sets } from './sets.ts';
import type { ReachPod } from './world.ts';

const indexes = (of: readonly { readonly index: number }[]): number[] => of.map(({ index }) => index);

const grouped = <T>(items: readonly T[], setsOf: (item: T) => Sets): [Sets, T[]][] => [...Map.groupBy(items, setsOf)];

/** Classes of pods by the policies that isolate them as sources: few of them are different. */
class Sources {
  readonly #groups: readonly (readonly [Sets, Bits])[];
  readonly #size: number;

  constructor(classes: readonly PodClass[], matrix: Matrix, size: number) {
    this.#size = size;
    this.#groups = grouped(classes, (of) => matrix.egressOf(of)).map(([sets, of]) => {
      return [sets, Bits.of(size, indexes(of))];
    });
  }

  /** Those whose policies may let them connect to a slot. */
  of({ index }: Slot): Bits {
    const found = new Bits(this.#size);
    for (const [sets, classes] of this.#groups) if (sets.possible.has(index)) found.addAll(classes);
    return found;
  }
}

/** What connections of a world other policies deny that it allows, or may allow: as sets, for many policies in turn. */
export class Losses {
  readonly #before: Reach;
  readonly #was: Matrix;
  readonly #sources: Sources;
  readonly #byNamespace: ReadonlyMap<string, readonly PodClass[]>;
  #destinations: readonly (readonly [Sets, readonly number[]])[] | undefined;

  constructor(before: Reach) {
    const { classes } = before.ruleSets;
    this.#before = before;
    this.#was = new Matrix(before);
    this.#sources = new Sources(classes, this.#was, classes.length);
    this.#byNamespace = Map.groupBy(classes, ({ namespace }) => namespace);
  }

  /** @param after the same pods with other policies, mostly in this namespace */
  in(namespace: string, after: Reach): NamespaceLosses {
    const { ruleSets } = this.#before;
    const [was, would] = [this.#was, new Matrix(after)];
    const changed = [...this.#before.changedNamespaces(after)].flatMap((name) => this.#byNamespace.get(name) ?? []);
    const sources = new Sources(changed, would, ruleSets.classes.length);
    const changedClasses = Bits.of(ruleSets.classes.length, indexes(changed));
    const slotsOf = (classes: readonly PodClass[]): Slot[] => classes.flatMap((of) => [...ruleSets.slotsOf(of)]);
    const ownSlots = Bits.of(ruleSets.slots.length, indexes(slotsOf(this.#byNamespace.get(namespace) ?? [])));
    const changedOutside = slotsOf(changed.filter((of) => of.namespace !== namespace));
    return {
      sources: (slot) => {
        const isOut = this.#sources.of(slot);
        const wouldBeOut = isOut.copy().removeAll(changedClasses).addAll(sources.of(slot));
        const wouldStay = wouldBeOut.keepAll(would.ingressOf(slot).possible);
        return isOut.keepAll(was.ingressOf(slot).possible).removeAll(wouldStay);
      },
      destinations: (of) => {
        const isOut = was.egressOf(of).possible;
        const lost = isOut.copy().removeAll(would.egressOf(of).possible);
        for (const slot of changedOutside)
          if (isOut.has(slot.index) && !would.ingressOf(slot).possible.has(of.index)) lost.add(slot.index);
        lost.removeAll(ownSlots);
        return lost.isEmpty() ? lost : lost.keepAll(this.#destinationsOf(of));
      },
    };
  }

  /** The slots whose policies may let a class connect to them. */
  #destinationsOf({ index }: PodClass): Bits {
    const { slots } = this.#before.ruleSets;
    this.#destinations ??= grouped(slots, (slot) => this.#was.ingressOf(slot)).map(([sets, of]) => [sets, indexes(of)]);
    const found = new Bits(slots.length);
    for (const [sets, of] of this.#destinations) if (sets.possible.has(index)) for (const n of of) found.add(n);
    return found;
  }
}

interface NamespaceLosses {
  /** The classes of pods that lose a slot of the namespace. A class says nothing about nodes: see `isLost`. */
  sources(slot: Slot): Bits;
  /** The slots outside of the namespace that a class of its pods loses. */
  destinations(of: PodClass): Bits;
}

/** Whether a connection that two classes lose is one of these pods: not to itself, and not from its own node. */
export const isLost = (from: ReachPod, to: ReachPod): boolean =>
  !(from === to && from.state === 'Running') && isOwnNode(from, to) === false;
