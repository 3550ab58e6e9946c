import { portsText, workloadsText } from './aggregate.ts';
import { Matrix } from './matrix.ts';
import { workloadName } from './naming.ts';
import { portText } from './ports.ts';
import type { Reach } from './reach.ts';
import { representatives } from './representatives.ts';
import type { ReachPod } from './world.ts';

/** A connection between two workloads that works before, or may, and does not after. */
interface Loss {
  readonly from: ReachPod;
  readonly to: ReachPod;
  readonly port: string;
}

const lost = (before: Reach, after: Reach, namespace: string): Loss[] => {
  const [was, would] = [new Matrix(before), new Matrix(after)];
  const pods = representatives(before, before.world.pods);
  const own = pods.filter((pod) => pod.namespace === namespace);
  return pods.flatMap((to) =>
    was
      .slotsOf(to)
      .flatMap((slot): Loss[] =>
        (to.namespace === namespace ? pods : own)
          .filter((from) => was.answer(from, to, slot) !== 'No' && would.answerAt(from, to, slot.traffic) === 'No')
          .map((from) => ({ from, to, port: portText(slot.traffic) })),
      ),
  );
};

const named = (pods: readonly ReachPod[]): string =>
  workloadsText(pods.map((pod) => ({ name: workloadName(pod), namespace: pod.namespace })));

const portsOf = (losses: readonly Loss[]): string => portsText(losses.map(({ port }) => port));

const sentence = (to: ReachPod, losses: readonly Loss[]): string =>
  `${workloadName(to)} would no longer be reachable at ${portsOf(losses)} from ${named(losses.map(({ from }) => from))}`;

const outgoing = (from: ReachPod, losses: readonly Loss[]): string =>
  `${workloadName(from)} could no longer connect to ${named(losses.map(({ to }) => to))} at ${portsOf(losses)}`;

const spread = (losses: readonly Loss[], of: (loss: Loss) => ReachPod): number =>
  new Set(losses.map((loss) => workloadName(of(loss)))).size;

/**
 * The connections that the workloads of a namespace lose, in sentences: those to their declared ports, and those that they
 * open to declared ports of other namespaces.
 * @param before the world without the policy @param after the same pods with it
 */
export const wouldLose = (before: Reach, after: Reach, namespace: string): string[] => {
  const losses = lost(before, after, namespace);
  const incoming = losses.filter(({ to }) => to.namespace === namespace);
  // Which clients lose a port decides what a sentence says, so ports of the same clients share one.
  const byPort = [...Map.groupBy(incoming, ({ to, port }) => `${workloadName(to)} ${port}`).values()];
  const clients = (of: readonly Loss[]): string =>
    JSON.stringify([workloadName(of[0]!.to), ...[...new Set(of.map(({ from }) => workloadName(from)))].sort()]);
  const shared = [...Map.groupBy(byPort, clients).values()].map((of) => of.flat());
  const opened = losses.filter(({ to }) => to.namespace !== namespace);
  const bySource = [...Map.groupBy(opened, ({ from }) => workloadName(from)).values()];
  return [
    ...shared.map((of) => ({ size: spread(of, ({ from }) => from), text: sentence(of[0]!.to, of) })),
    ...bySource.map((of) => ({ size: spread(of, ({ to }) => to), text: outgoing(of[0]!.from, of) })),
  ]
    .sort((a, b) => b.size - a.size || (a.text < b.text ? -1 : 1))
    .map(({ text }) => text);
};
