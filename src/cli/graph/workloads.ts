import type { PodClass } from '../../reach/party.ts';
import type { Reach } from '../../reach/reach.ts';
import { isLive, type ReachPod } from '../../reach/world.ts';
import { compareText } from '../../text/compare-text.ts';

/** Pods of one workload; a pod of none is its own. */
export interface Workload {
  readonly key: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  /** One of those that no policy can tell apart, and on the host network one for each node. */
  readonly pods: readonly ReachPod[];
}

export const classesOf = ({ pods }: Workload, reach: Reach): PodClass[] => [
  ...new Set(pods.map((pod) => reach.classOf(pod))),
];

/** The workloads of a world, in order. Finished pods take part in no connection. */
export const workloadsOf = (reach: Reach): Workload[] => {
  const alive = reach.world.pods.filter(isLive);
  const groups = Map.groupBy(alive, ({ namespace, name, workload = { kind: 'Pod', name } }) =>
    JSON.stringify([namespace, workload.name, workload.kind]),
  );
  return [...groups]
    .map(([key, pods]) => {
      const { namespace, name, workload = { kind: 'Pod', name } } = pods[0]!;
      const distinct = new Map(
        pods.map((pod) => [`${reach.classOf(pod).index} ${pod.hostNetwork ? pod.node : ''}`, pod]),
      );
      return { key, namespace, ...workload, pods: [...distinct.values()] };
    })
    .sort((a, b) => compareText(a.key, b.key));
};
