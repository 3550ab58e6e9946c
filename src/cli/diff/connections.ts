import { portsText, workloadsText } from '../../reach/aggregate.ts';
import { Matrix } from '../../reach/matrix.ts';
import { workloadName } from '../../reach/naming.ts';
import { portText, type Traffic } from '../../reach/ports.ts';
import { Reach } from '../../reach/reach.ts';
import { representatives } from '../../reach/representatives.ts';
import type { Answer } from '../../reach/verdict.ts';
import { isLive, type ReachPod, type World } from '../../reach/world.ts';
import type { Difference } from './difference.ts';

/** A connection between two workloads that the change decides differently. */
interface Changed {
  readonly from: string;
  readonly namespace: string;
  readonly to: string;
  readonly port: string;
  readonly was: Answer;
  readonly is: Answer;
}

/** The matrix of one side, asked for pods of the other side too. */
class Side {
  readonly #reach: Reach;
  readonly #matrix: Matrix;
  readonly #pods: ReadonlyMap<string, readonly ReachPod[]>;

  constructor(world: World) {
    this.#reach = new Reach(world);
    this.#matrix = new Matrix(this.#reach);
    this.#pods = Map.groupBy(world.pods.filter(isLive), workloadName);
  }

  representatives(): ReachPod[] {
    return representatives(this.#reach, [...this.#pods.values()].flat());
  }

  traffics(pod: ReachPod): Traffic[] {
    return this.#matrix.slotsOf(pod).map(({ traffic }) => traffic);
  }

  /** The pod of the same workload; without one the pod as it is, so that only policies make a difference. */
  counterpart(pod: ReachPod): ReachPod {
    const own = this.#pods.get(workloadName(pod)) ?? [];
    return own.find(({ labels }) => isSame(labels, pod.labels)) ?? own[0] ?? pod;
  }

  answer(from: ReachPod, to: ReachPod, traffic: Traffic): Answer {
    return this.#matrix.answerAt(from, to, traffic);
  }
}

const isSame = (a: ReachPod['labels'], b: ReachPod['labels']): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, value]) => b[key] === value);

const changes = (before: Side, after: Side): Changed[] => {
  const pods = after.representatives().map((is) => ({ is, was: before.counterpart(is), name: workloadName(is) }));
  return pods.flatMap((to) =>
    after.traffics(to.is).flatMap((traffic) =>
      pods.flatMap((from): Changed[] => {
        const [was, is] = [before.answer(from.was, to.was, traffic), after.answer(from.is, to.is, traffic)];
        if (was === is) return [];
        const { namespace } = from.is;
        return [{ from: from.name, namespace, to: to.name, port: portText(traffic), was, is }];
      }),
    ),
  );
};

const WORDS = { Yes: 'allowed', No: 'denied', Unknown: 'unknown' } as const;

const sentence = (of: readonly Changed[]): Difference => {
  const [{ to, was, is }] = of as [Changed];
  const where = `${to} at ${portsText(of.map(({ port }) => port))}`;
  const who = workloadsText(of.map(({ from, namespace }) => ({ name: from, namespace })));
  if (was === 'Yes' && is === 'No')
    return { area: 'connections', change: 'Removed', message: `${who} may no longer reach ${where}` };
  if (was === 'No' && is === 'Yes')
    return { area: 'connections', change: 'Added', message: `${who} may now reach ${where}` };
  return {
    area: 'connections',
    change: 'Unknown',
    message: `connections from ${who} to ${where}: ${WORDS[was]} before, ${WORDS[is]} after`,
  };
};

const ORDER = { Removed: 0, Added: 1, Changed: 2, Unknown: 3 } as const;

/** What workloads may reach of each other's declared ports after the change and not before, and the reverse. */
export const compareConnections = (before: World, after: World): Difference[] => {
  const byPort = Map.groupBy(changes(new Side(before), new Side(after)), ({ to, port, was, is }) =>
    JSON.stringify([to, port, was, is]),
  );
  // Ports that change for the same clients share a sentence.
  const clients = (of: readonly Changed[]): string =>
    JSON.stringify([of[0]!.to, of[0]!.was, of[0]!.is, ...[...new Set(of.map(({ from }) => from))].sort()]);
  return [...Map.groupBy(byPort.values(), clients).values()]
    .map((of) => sentence(of.flat()))
    .sort((a, b) => ORDER[a.change] - ORDER[b.change] || (a.message < b.message ? -1 : 1));
};
