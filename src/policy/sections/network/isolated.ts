import type { NetworkSection } from '../../../api/policy.ts';
import { selectorOf } from '../../../api/selector.ts';
import type { PodImages } from '../../pod.ts';

/** How many of the pods the section would isolate: none that has finished, and none on the host network. */
export const countIsolated = ({ podSelector }: NetworkSection, pods: readonly PodImages[]): number => {
  const isSelected = selectorOf(podSelector);
  return pods.filter(
    ({ metadata, finished, hostNetwork }) => !finished && hostNetwork !== true && isSelected(metadata.labels ?? {}),
  ).length;
};
