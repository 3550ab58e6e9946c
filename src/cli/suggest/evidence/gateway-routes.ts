import { behind } from '../destinations.ts';
import { GATEWAYS, ROUTES } from '../kinds.ts';
import type { Scene } from '../scene.ts';
import { type Connection, type Evidence, type Gap, type Party, together } from './evidence.ts';

interface Reference {
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly port?: number;
}

interface Rule {
  readonly backendRefs?: readonly (Reference & { readonly filters?: readonly Filter[] })[];
  readonly filters?: readonly Filter[];
}

interface Filter {
  readonly requestMirror?: { readonly backendRef?: Reference };
}

interface Route {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec?: { readonly parentRefs?: readonly Reference[]; readonly rules?: readonly Rule[] };
}

interface Gateway {
  readonly metadata: { readonly name: string; readonly namespace: string };
}

/** GEP-1762 has the first one; Envoy Gateway runs its pods elsewhere and has its own. */
const NAME_LABELS = ['gateway.networking.k8s.io/gateway-name', 'istio.io/gateway-name'];
const OWNER_LABEL = 'gateway.envoyproxy.io/owning-gateway';

const isOf = (
  labels: Readonly<Record<string, string>>,
  own: string,
  { namespace, name }: Gateway['metadata'],
): boolean =>
  (own === namespace && NAME_LABELS.some((key) => labels[key] === name)) ||
  (labels[`${OWNER_LABEL}-name`] === name && labels[`${OWNER_LABEL}-namespace`] === namespace);

interface Source {
  readonly parties: readonly Party[];
  readonly unknown?: string;
}

const gatewayOf = (scene: Scene, at: Gateway['metadata']): Source => {
  const workloads = scene.workloads.filter(({ namespace, labels }) => isOf(labels, namespace, at));
  if (workloads.length > 0) return { parties: workloads.map((workload) => ({ type: 'Workload', workload })) };
  const gateway = `Gateway ${at.namespace}/${at.name}`;
  const exists = scene
    .objectsOf<Gateway>(GATEWAYS)
    .some(({ metadata }) => metadata.namespace === at.namespace && metadata.name === at.name);
  if (exists && at.namespace !== scene.namespace && !scene.knowsPodsOf(at.namespace))
    return {
      parties: [{ type: 'Namespace', namespace: at.namespace }],
      unknown: `the pods of ${gateway} are unknown, so the rule has its whole namespace: narrow it to them`,
    };
  return { parties: [], unknown: `no pod of ${gateway} was found: add an ingress rule from its pods` };
};

const refsOf = ({ backendRefs = [], filters = [] }: Rule): Reference[] => [
  ...backendRefs,
  ...[...filters, ...backendRefs.flatMap((one) => one.filters ?? [])].flatMap(
    ({ requestMirror }) => requestMirror?.backendRef ?? [],
  ),
];

const ofRoute = (scene: Scene, { kind, metadata, spec = {} }: Route): Partial<Evidence> => {
  const isHere = metadata.namespace === scene.namespace;
  const name = scene.nameOf({ kind, ...metadata });
  const sources = (spec.parentRefs ?? []).map((parent): Source => {
    if ((parent.kind ?? 'Gateway') === 'Gateway') return gatewayOf(scene, { namespace: metadata.namespace, ...parent });
    return {
      parties: [],
      unknown: `its parent is ${parent.kind} ${parent.name}, so its clients are unknown: add an ingress rule from them`,
    };
  });
  const parties = sources.flatMap((one) => one.parties);
  const gaps = sources.flatMap(({ unknown }): Gap[] =>
    unknown === undefined || !isHere ? [] : [{ direction: 'ingress', text: `${name}: ${unknown}` }],
  );
  const backends = (spec.rules ?? []).flatMap(refsOf).filter((one) => (one.kind ?? 'Service') === 'Service');
  const connections = backends.flatMap(({ namespace = metadata.namespace, name: backend, port }) => {
    const service = scene.service(namespace, backend);
    const found = service === undefined ? [] : behind(scene, service, port === undefined ? {} : { port }).destinations;
    return found.flatMap((one) =>
      parties.map((from): Connection => ({ from, ...one, why: `${name} routes to Service ${backend}` })),
    );
  });
  return { connections, gaps };
};

/** Routes of the Gateway API: the pods of their Gateway connect to the backends. */
export const gatewayRoutes = (scene: Scene): Evidence =>
  together(scene.objectsOf<Route>(...ROUTES).map((route) => ofRoute(scene, route)));
