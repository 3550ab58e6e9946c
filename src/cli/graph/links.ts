import { Matrix, type Slot } from '../../reach/matrix.ts';
import { portText } from '../../reach/ports.ts';
import type { Reach } from '../../reach/reach.ts';
import { type Answer, isPod } from '../../reach/verdict.ts';
import type { ReachPod } from '../../reach/world.ts';
import type { Workload } from './workloads.ts';

/** One allowed connection between two nodes, by their keys. */
export interface Link {
  readonly from: string;
  readonly to: string;
  readonly port: string;
  /** False: unknown, or not for all pods. */
  readonly certain: boolean;
}

type Open = (pod: ReachPod, slot: Slot) => boolean;

/** Whether policies let everybody connect to the slot: none isolates, or a rule without peers has the port. */
const openIngress = (reach: Reach): Open => {
  const known = new Map<Slot, boolean>();
  return (to, slot) => {
    const before = known.get(slot);
    if (before !== undefined) return before;
    const policies = reach.isolating(reach.classOf(to), 'Ingress');
    const rules = policies.flatMap(({ rules }) => rules);
    const open =
      policies.length === 0 ||
      rules.some(
        ({ ref, ports }) =>
          !ref.policy.spec.ingress?.[ref.index]?.from?.length && ports(slot.traffic, reach.classOf(to)) === true,
      );
    known.set(slot, open);
    return open;
  };
};

/** Whether policies let the pod connect to everybody at the slot. */
const openEgress =
  (reach: Reach): Open =>
  (from, slot) => {
    const policies = reach.isolating(reach.classOf(from), 'Egress');
    return (
      policies.length === 0 ||
      policies.some(({ rules }) =>
        rules.some(
          ({ ref, ports }) => !ref.policy.spec.egress?.[ref.index]?.to?.length && ports(slot.traffic, slot.of) === true,
        ),
      )
    );
  };

/** Every node reaches its own pods, so only what a rule says counts of a pod on the host network. */
const byRule = (reach: Reach, from: ReachPod, to: ReachPod, slot: Slot): Answer => {
  const { ingress } = reach.verdict(from, to, slot.traffic);
  if (ingress.allowedBy.length > 0) return 'Yes';
  return ingress.mayAllow.length > 0 ? 'Unknown' : 'No';
};

/**
 * The allowed connections between workloads at declared ports, of which a rule at one end names the other: where both
 * ends are open, the mark of the destination says it. The replicas of one workload are not linked.
 * @param isDrawn whether a pair is in the picture
 */
export const linksBetween = (
  reach: Reach,
  workloads: readonly Workload[],
  isDrawn: (from: Workload, to: Workload) => boolean,
): Link[] => {
  const matrix = new Matrix(reach);
  const [ingress, egress] = [openIngress(reach), openEgress(reach)];
  const answer = (from: ReachPod, to: ReachPod, slot: Slot): Answer => {
    if (ingress(to, slot) && egress(from, slot)) return 'No';
    if (from.hostNetwork === true && isPod(to)) return byRule(reach, from, to, slot);
    return matrix.answer(from, to, slot);
  };
  const between = (from: Workload, to: Workload): Link[] => {
    const answers = new Map<string, Answer[]>();
    for (const destination of to.pods)
      for (const slot of matrix.slotsOf(destination)) {
        const port = portText(slot.traffic);
        const list = answers.get(port) ?? [];
        answers.set(port, list);
        for (const source of from.pods) list.push(answer(source, destination, slot));
      }
    return [...answers]
      .filter(([, list]) => list.some((one) => one !== 'No'))
      .map(([port, list]) => ({ from: from.key, to: to.key, port, certain: list.every((one) => one === 'Yes') }));
  };
  return workloads.flatMap((from) =>
    workloads.flatMap((to) => (from === to || !isDrawn(from, to) ? [] : between(from, to))),
  );
};
