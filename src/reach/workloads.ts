import { compareText } from '../text/compare-text.ts';
import { Bits } from './bits.ts';
import { workloadName } from './naming.ts';
import type { Reach } from './reach.ts';
import { representatives } from './representatives.ts';
import type { ReachPod } from './world.ts';

/** A living pod of each workload and class. */
export interface Representative {
  readonly pod: ReachPod;
  /** The number of its workload. */
  readonly workload: number;
}

const NONE: readonly Representative[] = [];

interface Range {
  readonly namespace: string;
  readonly from: number;
  readonly to: number;
}

/** The workloads of a world, numbered in the order of their namespaces. */
export class Workloads {
  readonly names: readonly string[];
  readonly all: readonly Representative[];
  readonly onHostNetwork: readonly Representative[];
  readonly #byClass: ReadonlyMap<number, readonly Representative[]>;
  readonly #ranges: readonly Range[];

  constructor(reach: Reach) {
    const named = representatives(reach, reach.world.pods).map((pod) => ({ pod, name: workloadName(pod) }));
    const order = new Map(named.map(({ pod: { namespace }, name }) => [name, namespace]));
    const sorted = [...order].sort(([a, x], [b, y]) => compareText(x, y) || compareText(a, b));
    this.names = sorted.map(([name]) => name);
    const numbers = new Map(this.names.map((name, n) => [name, n]));
    this.all = named.map(({ pod, name }) => ({ pod, workload: numbers.get(name)! }));
    this.onHostNetwork = this.all.filter(({ pod }) => pod.hostNetwork === true);
    this.#byClass = Map.groupBy(this.all, ({ pod }) => reach.classOf(pod).index);
    const byNamespace = Map.groupBy(sorted.keys(), (n) => sorted[n]![1]);
    this.#ranges = [...byNamespace].map(([namespace, of]) => ({ namespace, from: of[0]!, to: of.at(-1)! }));
  }

  /** @param index of a class */
  ofClass(index: number): readonly Representative[] {
    return this.#byClass.get(index) ?? NONE;
  }

  /** The numbers of workloads that have pods of the classes, but for those on the host network. */
  ofClasses(classes: Bits): Bits {
    const found = new Bits(this.names.length);
    for (const index of classes.numbers()) {
      for (const { pod, workload } of this.ofClass(index)) if (pod.hostNetwork !== true) found.add(workload);
    }
    return found;
  }

  namespacesOf(workloads: Bits): string[] {
    return this.#ranges.filter(({ from, to }) => workloads.hasSome(from, to)).map(({ namespace }) => namespace);
  }
}
