import { listedUpTo } from '../../text/listed.ts';
import { workloadName } from '../naming.ts';
import type { Traffic } from '../ports.ts';
import { isLive, type ReachPod } from '../world.ts';
import { hasCallers } from './callers.ts';
import type { Finding } from './finding.ts';
import type { Scene } from './scene.ts';

/** Programs that follow the annotations by default. */
const SCRAPERS = new Set(['prometheus', 'prometheus-server', 'vmagent', 'vmsingle', 'alloy', 'grafana-agent']);
/** Where charts have the name of the program. */
const NAME_LABELS = ['app.kubernetes.io/name', 'app.kubernetes.io/component', 'app', 'component', 'k8s-app'];
const MOST_NAMED = 3;

const isScraper = ({ labels }: ReachPod): boolean => NAME_LABELS.some((key) => SCRAPERS.has(labels[key] ?? ''));

/** Who of the scrapers that the world has is denied; undefined: one of them is not. */
const deniedScrapers = (
  scene: Scene,
  scrapers: readonly ReachPod[],
  pod: ReachPod,
  traffic: Traffic,
): string[] | undefined => {
  const isDenied = (from: ReachPod): boolean => scene.reach.verdict(from, pod, traffic).ingress.state === 'Denied';
  return scrapers.every(isDenied) ? [...new Set(scrapers.map(workloadName))].sort() : undefined;
};

const describe = (pod: ReachPod, port: number, who: string): string =>
  `${workloadName(pod)} has annotation prometheus.io/scrape, and ${who} connect to its port ${port}: add an ingress rule from the pods of the scraper`;

/** Pods whose metrics nobody may scrape, though they ask for it. The kubelet's probes always reach the pods of its node. */
export const scraperCut = (scene: Scene): Finding[] => {
  const asking = scene.isolated
    .filter(isLive)
    .flatMap((pod) => (pod.scrapePorts ?? []).map((port) => ({ pod, traffic: { port, protocol: 'TCP' as const } })));
  if (asking.length === 0) return [];
  const scrapers = scene.reach.world.pods.filter((pod) => isLive(pod) && isScraper(pod));
  const messages = asking.flatMap(({ pod, traffic }) => {
    const { port } = traffic;
    if (!hasCallers(scene.reach, pod, traffic, { replicas: 'Never' })) return [describe(pod, port, 'nobody may')];
    const denied = scrapers.length === 0 ? undefined : deniedScrapers(scene, scrapers, pod, traffic);
    return denied === undefined ? [] : [describe(pod, port, `${listedUpTo(MOST_NAMED, denied)} may not`)];
  });
  return [...new Set(messages)].map((message) => ({ reason: 'ScraperCut', message }));
};
