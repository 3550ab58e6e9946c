import { CUSTOM_RESOURCE_DEFINITIONS } from '../../../kube/kinds.ts';
import { behind } from '../destinations.ts';
import { API_SERVICES, MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS } from '../kinds.ts';
import type { Scene } from '../scene.ts';
import { type Evidence, type Gap, type Party, together } from './evidence.ts';

interface ServiceReference {
  readonly namespace: string;
  readonly name: string;
  readonly port?: number;
}

interface ClientConfig {
  readonly service?: ServiceReference;
}

interface Caller {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  /** Of webhook configurations. */
  readonly webhooks?: readonly { readonly clientConfig?: ClientConfig }[];
  readonly spec?: {
    /** Of an APIService. */
    readonly service?: ServiceReference | null;
    /** Of a CustomResourceDefinition. */
    readonly conversion?: { readonly webhook?: { readonly clientConfig?: ClientConfig } };
  };
}

const HTTPS = 443;

const servicesOf = ({ webhooks = [], spec = {} }: Caller): ServiceReference[] =>
  [
    ...webhooks.map(({ clientConfig }) => clientConfig?.service),
    spec.service,
    spec.conversion?.webhook?.clientConfig?.service,
  ].filter((one) => one !== undefined && one !== null);

/** The addresses that it listens on are the best guess of those that it calls from; its cluster IP is none. */
const apiServerParties = (scene: Scene): Party[] => {
  const virtual = new Set(scene.service('default', 'kubernetes')?.clusterIPs ?? []);
  return scene.apiServer
    .flatMap(({ cidrs }) => cidrs)
    .filter((cidr) => !virtual.has(cidr.split('/')[0]!))
    .map((cidr) => ({ type: 'Network', cidr }));
};

const UNSURE =
  'pods see calls of the API server from an address that differs from plug-in to plug-in, such as that of a node or of a tunnel: compare status.preview, and see samples/controller.yaml';

const ofService = (scene: Scene, caller: Caller, { name, port = HTTPS }: ServiceReference): Partial<Evidence> => {
  const why = `${caller.kind} ${caller.metadata.name} names Service ${name}`;
  const service = scene.service(scene.namespace, name);
  const gap = (text: string): Gap => ({ direction: 'ingress', text });
  if (service === undefined) return { gaps: [gap(`${why}, which does not exist`)] };
  const { destinations, problems } = behind(scene, service, { port });
  if (destinations.length === 0) return { gaps: [gap(`${why}, which leads to no pod: ${problems.join(', ')}`)] };
  const parties = apiServerParties(scene);
  if (parties.length === 0)
    return {
      gaps: [
        gap(
          `${why}: the API server calls it, and its addresses are unknown: pass them with --api-server, or see samples/controller.yaml`,
        ),
      ],
    };
  const connections = destinations.flatMap(({ to, ports }) => parties.map((from) => ({ from, to, ports, why })));
  return { connections, gaps: [gap(UNSURE)] };
};

/** Admission and conversion webhooks, and API servers, that the API server calls in the namespace. */
export const webhooks = (scene: Scene): Evidence => {
  const callers = scene.objectsOf<Caller>(
    VALIDATING_WEBHOOKS,
    MUTATING_WEBHOOKS,
    API_SERVICES,
    CUSTOM_RESOURCE_DEFINITIONS,
  );
  return together(
    callers.flatMap((caller) =>
      servicesOf(caller)
        .filter(({ namespace }) => namespace === scene.namespace)
        .map((reference) => ofService(scene, caller, reference)),
    ),
  );
};
