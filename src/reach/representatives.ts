import { workloadName } from './naming.ts';
import type { Reach } from './reach.ts';
import { isLive, type ReachPod } from './world.ts';

/** One living pod for each workload and class: the others differ in nothing that a policy sees. */
export const representatives = (reach: Reach, pods: readonly ReachPod[]): ReachPod[] => [
  ...new Map(pods.filter(isLive).map((pod) => [`${reach.classOf(pod).index} ${workloadName(pod)}`, pod])).values(),
];
