import { listed } from '../text/listed.ts';
import { Matrix, type Slot } from './matrix.ts';
import { workloadName } from './naming.ts';
import type { Reach } from './reach.ts';
import type { ReachPod } from './world.ts';

/** Sources or destinations that one sentence names. */
const MOST_NAMED = 5;

/** A connection between two workloads that works before, or may, and does not after. */
interface Loss {
  readonly from: ReachPod;
  readonly to: ReachPod;
  readonly port: string;
}

const isLive = ({ state }: ReachPod): boolean => state !== 'Finished';

/** One pod for each workload and class. */
const representatives = (reach: Reach): ReachPod[] => [
  ...new Map(
    reach.world.pods.filter(isLive).map((pod) => [`${reach.classOf(pod).index} ${workloadName(pod)}`, pod]),
  ).values(),
];

const written = ({ traffic: { port, protocol } }: Slot): string =>
  protocol === 'TCP' ? `${port}` : `${port}/${protocol}`;

const lost = (before: Reach, after: Reach, namespace: string): Loss[] => {
  const [was, would] = [new Matrix(before), new Matrix(after)];
  const pods = representatives(before);
  const own = pods.filter((pod) => pod.namespace === namespace);
  return pods.flatMap((to) =>
    was
      .slotsOf(to)
      .flatMap((slot): Loss[] =>
        (to.namespace === namespace ? pods : own)
          .filter((from) => was.answer(from, to, slot) !== 'No' && isDenied(would, after, from, to, slot))
          .map((from) => ({ from, to, port: written(slot) })),
      ),
  );
};

/** The slots of another world have other numbers. */
const isDenied = (would: Matrix, after: Reach, from: ReachPod, to: ReachPod, { traffic }: Slot): boolean => {
  const slot = would.slotsOf(to).find(({ traffic: t }) => t.port === traffic.port && t.protocol === traffic.protocol);
  return slot === undefined ? after.verdict(from, to, traffic).allowed === 'No' : would.answer(from, to, slot) === 'No';
};

/** Workloads, or their namespaces when they are many. */
const named = (pods: readonly ReachPod[]): string => {
  const workloads = [...new Set(pods.map(workloadName))].sort();
  if (workloads.length <= MOST_NAMED) return listed(workloads);
  const namespaces = [...new Set(pods.map((pod) => pod.namespace))].sort();
  const shown = namespaces.slice(0, MOST_NAMED);
  const more = namespaces.length - shown.length;
  const where = listed(more > 0 ? [...shown, `${more} more`] : shown);
  return `${workloads.length} workloads of ${namespaces.length === 1 ? 'namespace' : 'namespaces'} ${where}`;
};

const portsOf = (losses: readonly Loss[]): string => {
  const ports = [...new Set(losses.map(({ port }) => port))].sort(
    (a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10),
  );
  return `${ports.length === 1 ? 'port' : 'ports'} ${listed(ports)}`;
};

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
