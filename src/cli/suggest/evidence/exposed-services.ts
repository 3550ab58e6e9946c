import { SERVICES } from '../../../kube/kinds.ts';
import { behind } from '../destinations.ts';
import type { Scene } from '../scene.ts';
import { type Evidence, type Gap, together } from './evidence.ts';

interface ServiceObject {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: {
    readonly type?: string;
    readonly loadBalancerSourceRanges?: readonly string[];
    readonly externalIPs?: readonly string[];
  };
}

/** The Services of the namespace that clients outside the cluster reach through nodes and load balancers. */
export const exposedIn = (scene: Scene): ServiceObject[] =>
  scene
    .objectsOf<ServiceObject>(SERVICES)
    .filter(
      ({ metadata, spec }) =>
        metadata.namespace === scene.namespace && ['LoadBalancer', 'NodePort'].includes(spec?.type ?? ''),
    );

const ofService = (scene: Scene, { metadata: { name }, spec = {} }: ServiceObject): Partial<Evidence> => {
  const { type, loadBalancerSourceRanges: ranges = [] } = spec;
  const service = scene.service(scene.namespace, name);
  if (service === undefined) return {};
  const { destinations } = behind(scene, service, {});
  const why = `Service ${name} of type ${type}`;
  if (type === 'LoadBalancer' && ranges.length > 0)
    return {
      connections: destinations.flatMap(({ to, ports }) =>
        ranges.map((cidr) => ({
          from: { type: 'Network' as const, cidr },
          to,
          ports,
          why: `${why} has loadBalancerSourceRanges`,
        })),
      ),
    };
  const ports = destinations.flatMap((one) => one.ports.map(({ port }) => `{port: ${port}}`));
  const gap: Gap = {
    direction: 'ingress',
    text: `${why}: its clients outside the cluster are unknown: to allow them, add an ingress rule with from: [{cidr: …}] and ports: [${[...new Set(ports)].join(', ')}]`,
  };
  return { gaps: [gap] };
};

/** Their clients, as far as they are known. */
export const exposedServices = (scene: Scene): Evidence =>
  together(exposedIn(scene).map((service) => ofService(scene, service)));
