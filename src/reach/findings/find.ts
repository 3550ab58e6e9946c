import { compareText } from '../../text/compare-text.ts';
import type { Reach } from '../reach.ts';
import type { World } from '../world.ts';
import type { Finding } from './finding.ts';
import { FINDERS } from './list.ts';
import { FINDING_REASONS, type FindingReason } from './reasons.ts';
import { type ByNamespace, type CheckedPolicy, Scene } from './scene.ts';

const ORDER = Object.keys(FINDING_REASONS) as FindingReason[];

interface Named {
  readonly namespace: string;
  readonly name: string;
}

const byNamespace = <T extends Named>(objects: readonly T[]): ReadonlyMap<string, readonly T[]> =>
  Map.groupBy(
    objects.toSorted((a, b) => compareText(a.name, b.name)),
    ({ namespace }) => namespace,
  );

const sorted = ({ namespaces, pods, services }: World): ByNamespace => ({
  ...{ pods: byNamespace(pods), services: byNamespace(services), nearest: new Map() },
  namespaceNames: [...new Set([...namespaces.map(({ name }) => name), ...pods.map(({ namespace }) => namespace)])],
});

/** The findings about the policies of a world, which is sorted once for all of them. */
export class Findings {
  readonly #reach: Reach;
  readonly #world: ByNamespace;

  constructor(reach: Reach, world?: ByNamespace) {
    this.#reach = reach;
    this.#world = world ?? sorted(reach.world);
  }

  /** The same pods and Services with other policies. */
  with(reach: Reach): Findings {
    return new Findings(reach, this.#world);
  }

  /** Gravest first, then in the order of the rules; the same for equal worlds. */
  of(policy: CheckedPolicy): Finding[] {
    const scene = new Scene(this.#reach, policy, this.#world);
    return ORDER.flatMap((reason) => FINDERS[reason](scene));
  }
}
