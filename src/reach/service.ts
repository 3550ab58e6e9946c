import { selects } from '../api/selector.ts';
import type { Traffic } from './ports.ts';
import type { Endpoint } from './verdict.ts';
import {
  isLive,
  type Protocol,
  type ReachPod,
  type ReachService,
  type ReachSlice,
  type ServicePort,
  type World,
} from './world.ts';

/** The port that a client names: a number, or a name. Absent: every port that the destination declares. */
export interface Wanted {
  readonly port?: number | string;
  /** Absent: TCP for a number, and for a name the protocol of the port of that name. */
  readonly protocol?: Protocol;
}

/** A pod or an address, and its own port. */
export interface Target {
  readonly to: Endpoint;
  readonly traffic: Traffic;
}

/** What a connection to a Service, a pod or an address arrives at. */
export interface Resolution {
  readonly targets: readonly Target[];
  /** Why there are none, or not as many as expected. */
  readonly problems: readonly string[];
}

const isWanted = (
  { port = undefined, protocol }: Wanted,
  candidate: { port: number; name?: string; protocol: Protocol },
) =>
  (port === undefined || (typeof port === 'number' ? candidate.port === port : candidate.name === port)) &&
  (protocol ?? (typeof port === 'number' ? 'TCP' : candidate.protocol)) === candidate.protocol;

const written = ({ port, protocol }: Wanted): string =>
  port === undefined ? 'port' : `port ${port}${protocol === undefined ? '' : `/${protocol}`}`;

const distinct = (targets: readonly Target[]): Target[] => {
  const seen = new Map<Endpoint, Set<string>>();
  return targets.filter(({ to, traffic }) => {
    const ports = seen.get(to) ?? new Set();
    seen.set(to, ports);
    const key = `${traffic.protocol} ${traffic.port}`;
    return ports.has(key) ? false : ports.add(key);
  });
};

/** The pod's own ports. A number need not be declared: a container may listen anywhere. */
export const podTargets = (pod: ReachPod, wanted: Wanted): Resolution => {
  const { port, protocol = 'TCP' } = wanted;
  if (typeof port === 'number') return { targets: [{ to: pod, traffic: { port, protocol } }], problems: [] };
  const found = pod.ports.filter((one) => isWanted(wanted, one));
  const targets = distinct(found.map((one) => ({ to: pod, traffic: { port: one.port, protocol: one.protocol } })));
  const what = `Pod ${pod.namespace}/${pod.name}`;
  return { targets, problems: found.length > 0 ? [] : [`${what} declares no ${written(wanted)}`] };
};

/** The number of a Service's port in a pod; undefined when the pod declares no port of that name. */
export const targetPort = ({ port, targetPort = port, protocol }: ServicePort, pod: ReachPod): number | undefined =>
  typeof targetPort === 'number'
    ? targetPort
    : pod.ports.find(({ name, protocol: of }) => name === targetPort && of === protocol)?.port;

/** The pods that the selector of a Service selects, those not there yet included. */
export const selectedPods = ({ namespace, selector }: ReachService, pods: readonly ReachPod[]): ReachPod[] =>
  selector === undefined || Object.keys(selector).length === 0
    ? []
    : pods.filter(
        (pod) => pod.namespace === namespace && isLive(pod) && selects({ matchLabels: selector }, pod.labels),
      );

const bySelector = (service: ReachService, ports: readonly ServicePort[], pods: readonly ReachPod[]): Resolution => {
  const found = selectedPods(service, pods).flatMap((pod) =>
    ports.map((port) => ({ pod, port, number: targetPort(port, pod) })),
  );
  const targets = found.flatMap(({ pod, port: { protocol }, number }): Target[] =>
    number === undefined ? [] : [{ to: pod, traffic: { port: number, protocol } }],
  );
  const problems = found
    .filter(({ number }) => number === undefined)
    .map(
      ({ pod, port }) =>
        `Pod ${pod.namespace}/${pod.name} declares no port ${port.targetPort}, the targetPort of ${port.port}`,
    );
  return { targets, problems };
};

const bySlices = (
  slices: readonly ReachSlice[],
  ports: readonly ServicePort[],
  pods: readonly ReachPod[],
): Target[] => {
  if (slices.length === 0) return [];
  const named = new Map(pods.filter(isLive).map((pod) => [`${pod.namespace}/${pod.name}`, pod]));
  return slices.flatMap((slice) => {
    const numbers = slice.ports.flatMap(({ name = '', port, protocol }): Traffic[] => {
      const of = ports.find((one) => (one.name ?? '') === name && one.protocol === protocol);
      return of === undefined ? [] : [{ port: port ?? of.port, protocol }];
    });
    return slice.endpoints.flatMap(({ pod, addresses: [address] }): Target[] => {
      const found = pod === undefined ? undefined : named.get(`${slice.namespace}/${pod}`);
      const to = found ?? (address === undefined ? undefined : { address });
      return to === undefined ? [] : numbers.map((traffic) => ({ to, traffic }));
    });
  });
};

export const isHeadless = ({ clusterIPs }: ReachService): boolean => clusterIPs?.length === 0;

/** A headless Service is a name for its pods: nothing maps a port. */
const headlessTargets = (service: ReachService, wanted: Wanted, world: World, through: Resolution): Resolution => {
  const { port, protocol = 'TCP' } = wanted;
  if (typeof port !== 'number') return through;
  const every = service.ports.length > 0 ? service.ports : [{ port, protocol }];
  const { targets } = translated(service, every, world);
  const own = targets.map(({ to }) => ({ to, traffic: { port, protocol } }));
  return { targets: distinct(own), problems: noneReady(service, world) };
};

const slicesOf = ({ namespace, name }: ReachService, { slices }: World): ReachSlice[] =>
  slices.filter((slice) => slice.namespace === namespace && slice.service === name);

/** Not a matter of policies, but why a connection fails all the same. */
const noneReady = (service: ReachService, world: World): string[] => {
  const endpoints = slicesOf(service, world).flatMap((slice) => slice.endpoints);
  if (endpoints.length === 0 || endpoints.some(({ unready }) => unready !== true)) return [];
  const what = `no pod of Service ${service.namespace}/${service.name} is ready`;
  return [isHeadless(service) ? `${what}, so its DNS name has no address` : `${what}, so connections to it fail`];
};

const translated = (service: ReachService, ports: readonly ServicePort[], world: World): Resolution => {
  const targets = bySlices(slicesOf(service, world), ports, world.pods);
  return targets.length > 0
    ? { targets: distinct(targets), problems: noneReady(service, world) }
    : bySelector(service, ports, world.pods);
};

/** Where connections to a Service arrive: at its endpoints, or at the pods of its selector while it has none. */
export const serviceTargets = (service: ReachService, wanted: Wanted, world: World): Resolution => {
  const what = `Service ${service.namespace}/${service.name}`;
  if (service.externalName !== undefined)
    return {
      targets: [],
      problems: [`${what} is another name for ${service.externalName}, whose addresses are unknown`],
    };
  const ports = service.ports.filter((port) => isWanted(wanted, port));
  const through = translated(service, ports, world);
  const found = isHeadless(service) ? headlessTargets(service, wanted, world, through) : through;
  if (found.targets.length > 0 || found.problems.length > 0) return found;
  if (ports.length === 0 && !isHeadless(service))
    return { targets: [], problems: [`${what} has no ${written(wanted)}`] };
  return { targets: [], problems: [`${what} has no endpoints`] };
};
