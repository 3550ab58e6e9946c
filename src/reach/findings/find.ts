import type { Reach } from '../reach.ts';
import type { ReachPod } from '../world.ts';
import type { Finding } from './finding.ts';
import { FINDERS } from './list.ts';
import { FINDING_REASONS, type FindingReason } from './reasons.ts';
import { type CheckedPolicy, Scene } from './scene.ts';

const ORDER = Object.keys(FINDING_REASONS) as FindingReason[];

const byName = (a: ReachPod, b: ReachPod): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** The findings about the policies of a world: its pods are sorted once for all of them. */
export class Findings {
  readonly #reach: Reach;
  readonly #pods: ReadonlyMap<string, readonly ReachPod[]>;

  constructor(reach: Reach) {
    this.#reach = reach;
    this.#pods = Map.groupBy(reach.world.pods.toSorted(byName), ({ namespace }) => namespace);
  }

  /** Gravest first, then in the order of the rules; the same for equal worlds. */
  of(policy: CheckedPolicy): Finding[] {
    const scene = new Scene(this.#reach, policy, this.#pods);
    return ORDER.flatMap((reason) => FINDERS[reason](scene));
  }
}
