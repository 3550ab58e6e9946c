import { SERVICES } from '../../../kube/kinds.ts';
import { portText } from '../../../reach/ports.ts';
import { behind } from '../destinations.ts';
import type { Scene } from '../scene.ts';
import type { Workload } from '../workloads.ts';
import { type Connection, type Evidence, type Gap, together } from './evidence.ts';
import { isOperated, prometheusServers } from './prometheus.ts';

/** Ports that ask to be scraped. */
interface Scraped {
  readonly workload: Workload;
  readonly ports: readonly number[];
  readonly why: string;
}

interface ServiceObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

const ofPods = (scene: Scene): Scraped[] =>
  scene.workloads.flatMap((workload): Scraped[] => {
    const ports = [...new Set(workload.pods.flatMap(({ scrapePorts = [] }) => scrapePorts))];
    return ports.length === 0
      ? []
      : [{ workload, ports, why: `${scene.nameOf(workload)}: annotation prometheus.io/scrape` }];
  });

const ofService = (scene: Scene, { metadata: { name, namespace, annotations = {} } }: ServiceObject): Scraped[] => {
  const service = scene.service(namespace, name);
  if (annotations['prometheus.io/scrape'] !== 'true' || service === undefined) return [];
  const own = annotations['prometheus.io/port'];
  const why = `${scene.nameOf({ kind: 'Service', namespace, name })}: annotation prometheus.io/scrape`;
  return behind(scene, service, {}).destinations.flatMap(({ to, ports }): Scraped[] => {
    if (to.type !== 'Workload') return [];
    const numbers = ports.filter(({ protocol }) => protocol === undefined).map(({ port }) => Number(port));
    return [
      { workload: to.workload, ports: own !== undefined && /^\d{1,5}$/.test(own) ? [Number(own)] : numbers, why },
    ];
  });
};

const NOBODY = 'and no Prometheus that follows annotations was found: add an ingress rule from the pods of the scraper';

/** Pods and Services that ask for scrapes with the usual annotations. */
export const scrapeAnnotations = (scene: Scene): Evidence => {
  const servers = prometheusServers(scene).filter((server) => !isOperated(server));
  const services = scene.objectsOf<ServiceObject>(SERVICES);
  const scraped = [...ofPods(scene), ...services.flatMap((service) => ofService(scene, service))];
  return together(
    scraped.map(({ workload, ports, why }) => {
      const connections = servers.map(
        (server): Connection => ({
          ...{ from: { type: 'Workload', workload: server }, to: { type: 'Workload', workload }, why },
          ports: ports.map((port) => ({ port })),
        }),
      );
      const isUnknown = servers.length === 0 && workload.namespace === scene.namespace;
      const shown = ports.map((port) => portText({ port, protocol: 'TCP' })).join(', ');
      const gaps: Gap[] = isUnknown ? [{ direction: 'ingress', text: `${why} at port ${shown}, ${NOBODY}` }] : [];
      return { connections, gaps };
    }),
  );
};
