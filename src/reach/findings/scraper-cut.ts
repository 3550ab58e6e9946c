import { workloadName } from '../naming.ts';
import { isLive } from '../world.ts';
import { hasCallers } from './callers.ts';
import type { Finding } from './finding.ts';
import type { Scene } from './scene.ts';

/** Pods whose metrics nobody may scrape, though they ask for it. The kubelet's probes always reach the pods of its node. */
export const scraperCut = (scene: Scene): Finding[] => {
  const asking = scene.isolated
    .filter(isLive)
    .flatMap((pod) => (pod.scrapePorts ?? []).map((port) => ({ pod, traffic: { port, protocol: 'TCP' as const } })));
  const cut = asking.filter(({ pod, traffic }) => !hasCallers(scene.reach, pod, traffic, { replicas: 'Never' }));
  const messages = cut.map(
    ({ pod, traffic: { port } }) =>
      `${workloadName(pod)} has annotation prometheus.io/scrape, and nobody may connect to its port ${port}: add an ingress rule from the pods of the scraper`,
  );
  return [...new Set(messages)].map((message) => ({ reason: 'ScraperCut', message }));
};
