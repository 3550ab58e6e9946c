import type { LabelSelector } from 'kubernetes-types/meta/v1.js';
import type { Port } from '../../../api/policy.ts';
import { selects } from '../../../api/selector.ts';
import { SERVICES } from '../../../kube/kinds.ts';
import { podTargets } from '../../../reach/service.ts';
import type { Labels, ReachPod } from '../../../reach/world.ts';
import { behind, type Destination, isApiServer, toPort } from '../destinations.ts';
import { ALERTMANAGERS, POD_MONITORS, PROMETHEUSES, SERVICE_MONITORS } from '../kinds.ts';
import type { Scene } from '../scene.ts';
import type { Workload } from '../workloads.ts';
import { type Connection, type Evidence, together } from './evidence.ts';
import { isOperated, prometheusServers } from './prometheus.ts';

interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Labels;
}

interface Endpoint {
  readonly port?: string;
  readonly portNumber?: number;
  readonly targetPort?: number | string;
}

interface Monitor {
  readonly kind: 'ServiceMonitor' | 'PodMonitor';
  readonly metadata: Metadata;
  readonly spec?: {
    readonly selector?: LabelSelector;
    readonly namespaceSelector?: { readonly any?: boolean; readonly matchNames?: readonly string[] };
    readonly endpoints?: readonly Endpoint[];
    readonly podMetricsEndpoints?: readonly Endpoint[];
  };
}

type SelectorField = 'serviceMonitorSelector' | 'podMonitorSelector';
type NamespaceField = 'serviceMonitorNamespaceSelector' | 'podMonitorNamespaceSelector';

interface Prometheus {
  readonly metadata: Metadata;
  readonly spec?: Readonly<Partial<Record<SelectorField | NamespaceField, LabelSelector>>> & {
    readonly alerting?: {
      readonly alertmanagers?: readonly {
        readonly namespace?: string;
        readonly name: string;
        readonly port: number | string;
      }[];
    };
  };
}

/** No selector selects nothing, and no selector of namespaces the own one. */
const follows = (scene: Scene, { metadata, spec = {} }: Prometheus, monitor: Monitor): boolean => {
  const isService = monitor.kind === 'ServiceMonitor';
  const selector = spec[isService ? 'serviceMonitorSelector' : 'podMonitorSelector'];
  const namespaces = spec[isService ? 'serviceMonitorNamespaceSelector' : 'podMonitorNamespaceSelector'];
  if (selector === undefined || !selects(selector, monitor.metadata.labels)) return false;
  const { namespace } = monitor.metadata;
  if (namespaces === undefined) return namespace === metadata.namespace;
  const labels = scene.world.namespaces.find(({ name }) => name === namespace)?.labels;
  return selects(namespaces, { ...labels, 'kubernetes.io/metadata.name': namespace });
};

const workloadOf = (scene: Scene, kind: string, { namespace, name }: Metadata): Workload | undefined =>
  scene.workloads.find((one) => one.kind === kind && one.namespace === namespace && one.name === name);

/** The servers that follow a monitor; of servers whose Prometheus nobody may read, all. */
const scrapersOf = (scene: Scene, monitor: Monitor): Workload[] => {
  const all = scene.objectsOf<Prometheus>(PROMETHEUSES);
  if (all.length === 0) return prometheusServers(scene).filter(isOperated);
  return all
    .filter((prometheus) => follows(scene, prometheus, monitor))
    .flatMap(({ metadata }) => workloadOf(scene, 'Prometheus', metadata) ?? []);
};

const isNamespaceOf = ({ metadata, spec = {} }: Monitor, namespace: string): boolean => {
  const { any, matchNames } = spec.namespaceSelector ?? {};
  return any === true || (matchNames?.includes(namespace) ?? namespace === metadata.namespace);
};

const ofPods = (scene: Scene, pods: readonly ReachPod[], port: number | string): Destination[] =>
  pods.flatMap((pod): Destination[] => {
    const workload = scene.workloadOf(pod);
    const ports = podTargets(pod, { port }).targets.map(({ traffic }) => toPort(traffic));
    return workload && ports.length > 0 ? [{ to: { type: 'Workload', workload }, ports }] : [];
  });

const atTargetPort = (scene: Scene, { to }: Destination, port: number | string): Destination[] => {
  if (to.type === 'Workload') return ofPods(scene, to.workload.pods, port);
  return [{ to, ports: [{ port }] }];
};

interface Scraped extends Destination {
  /** `Service web` */
  readonly through: string;
}

const selectedServices = (scene: Scene, monitor: Monitor): Metadata[] =>
  scene
    .objectsOf<{ metadata: Metadata }>(SERVICES)
    .map(({ metadata }) => metadata)
    .filter(
      (metadata) => isNamespaceOf(monitor, metadata.namespace) && selects(monitor.spec?.selector, metadata.labels),
    );

const servicesOf = (scene: Scene, monitor: Monitor, selected: readonly Metadata[]): Scraped[] =>
  selected.flatMap(({ namespace, name }) => {
    const service = scene.service(namespace, name);
    if (service === undefined) return [];
    return (monitor.spec?.endpoints ?? []).flatMap(({ port, targetPort }) => {
      const found = behind(scene, service, port === undefined ? {} : { port }).destinations;
      const isNumbered = port === undefined && targetPort !== undefined;
      const at = isNumbered ? found.flatMap((one) => atTargetPort(scene, one, targetPort)) : found;
      const through = scene.nameOf({ kind: 'Service', namespace, name });
      return at.map((one) => ({ ...one, through }));
    });
  });

const podsOf = (scene: Scene, monitor: Monitor): Scraped[] => {
  const pods = scene.world.pods.filter(
    ({ namespace, labels }) => isNamespaceOf(monitor, namespace) && selects(monitor.spec?.selector, labels),
  );
  return (monitor.spec?.podMetricsEndpoints ?? []).flatMap(({ port, portNumber, targetPort }) => {
    const wanted = port ?? portNumber ?? targetPort;
    return wanted === undefined ? [] : ofPods(scene, pods, wanted).map((one) => ({ ...one, through: 'pods' }));
  });
};

const isIn = ({ to }: Destination, namespace: string): boolean =>
  to.type === 'Workload' ? to.workload.namespace === namespace : to.type === 'Selected' && to.namespace === namespace;

const ofMonitor = (scene: Scene, monitor: Monitor): Partial<Evidence> => {
  const { kind, metadata } = monitor;
  const name = scene.nameOf({ kind, ...metadata });
  const selected = kind === 'ServiceMonitor' ? selectedServices(scene, monitor) : [];
  const scrapers = scrapersOf(scene, monitor);
  if (selected.some(isApiServer))
    return {
      apiClients: scrapers.map((workload) => ({
        workload,
        why: `${scene.nameOf(workload)}: ${name} selects Service default/kubernetes`,
      })),
    };
  const scraped = kind === 'ServiceMonitor' ? servicesOf(scene, monitor, selected) : podsOf(scene, monitor);
  const isHere = scrapers.some(({ namespace }) => namespace === scene.namespace);
  return {
    connections: scrapers.flatMap((workload) =>
      scraped.map(
        ({ to, ports, through }): Connection => ({
          ...{ from: { type: 'Workload', workload }, to, ports, why: `${name} selects ${through}` },
        }),
      ),
    ),
    gaps: [
      ...(scrapers.length === 0 && scraped.some((one) => isIn(one, scene.namespace))
        ? [
            {
              direction: 'ingress' as const,
              text: `${name} selects pods here, and no Prometheus that follows it was found: add an ingress rule from its pods`,
            },
          ]
        : []),
      ...(isHere && scraped.length === 0
        ? [
            {
              direction: 'egress' as const,
              text: `${name} selects nothing that was found, so Prometheus has no egress rule for it`,
            },
          ]
        : []),
    ],
  };
};

/** The Alertmanagers that a Prometheus sends alerts to. */
const alerting = (scene: Scene, { metadata, spec = {} }: Prometheus): Partial<Evidence> => {
  const workload = workloadOf(scene, 'Prometheus', metadata);
  if (workload === undefined) return {};
  const connections = (spec.alerting?.alertmanagers ?? []).flatMap(({ namespace = metadata.namespace, name, port }) => {
    const service = scene.service(namespace, name);
    const found = service === undefined ? [] : behind(scene, service, { port }).destinations;
    return found.map(
      (one): Connection => ({
        ...{
          from: { type: 'Workload', workload },
          ...one,
          why: `Prometheus ${metadata.name}: alerting names Service ${name}`,
        },
      }),
    );
  });
  return { connections };
};

const MESH: readonly Port[] = [{ port: 9094 }, { port: 9094, protocol: 'UDP' }];

/** Replicas of an Alertmanager tell each other about notifications. */
const mesh = (
  scene: Scene,
  { metadata, spec }: { metadata: Metadata; spec?: { replicas?: number } },
): Partial<Evidence> => {
  const workload = workloadOf(scene, 'Alertmanager', metadata);
  if (workload === undefined || (spec?.replicas ?? 1) < 2) return {};
  const party = { type: 'Workload', workload } as const;
  return {
    connections: [{ from: party, to: party, ports: MESH, why: `Alertmanager ${metadata.name} has several replicas` }],
  };
};

/** What the objects of the Prometheus operator declare. */
export const monitors = (scene: Scene): Evidence =>
  together([
    ...scene.objectsOf<Monitor>(SERVICE_MONITORS, POD_MONITORS).map((monitor) => ofMonitor(scene, monitor)),
    ...scene.objectsOf<Prometheus>(PROMETHEUSES).map((prometheus) => alerting(scene, prometheus)),
    ...scene.objectsOf<Prometheus & { spec?: { replicas?: number } }>(ALERTMANAGERS).map((one) => mesh(scene, one)),
  ]);
