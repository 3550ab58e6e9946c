import { behind } from '../destinations.ts';
import { INGRESS_CLASSES, INGRESSES } from '../kinds.ts';
import type { Scene } from '../scene.ts';
import type { Workload } from '../workloads.ts';
import { type Connection, type Evidence, type Gap, together } from './evidence.ts';

type Annotations = Readonly<Record<string, string>>;

interface Backend {
  readonly service?: { readonly name: string; readonly port?: { readonly number?: number; readonly name?: string } };
}

interface Ingress {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly annotations?: Annotations };
  readonly spec?: {
    readonly ingressClassName?: string;
    readonly defaultBackend?: Backend;
    readonly rules?: readonly { readonly http?: { readonly paths?: readonly { readonly backend?: Backend }[] } }[];
  };
}

interface IngressClass {
  readonly metadata: { readonly name: string; readonly annotations?: Annotations };
  readonly spec?: { readonly controller?: string };
}

/** The pods that pass the requests on, by the labels of the controller's own chart or manifests. */
interface Controller {
  readonly controller: RegExp;
  /** Of IngressClasses that the world does not have. */
  readonly className: string;
  readonly names: readonly string[];
  /** Of several components of that name. */
  readonly component?: string;
}

const CONTROLLERS: readonly Controller[] = [
  {
    controller: /^k8s\.io\/.*nginx/,
    className: 'nginx',
    names: ['ingress-nginx', 'nginx-ingress-controller'],
    component: 'controller',
  },
  { controller: /^nginx\.org\/ingress-controller/, className: 'nginx-org', names: ['nginx-ingress'] },
  { controller: /^traefik\.io\//, className: 'traefik', names: ['traefik'] },
  { controller: /^haproxy\.org\//, className: 'haproxy', names: ['kubernetes-ingress'] },
  { controller: /^haproxy-ingress\.github\.io\//, className: 'haproxy-ingress', names: ['haproxy-ingress'] },
  { controller: /konghq\.com\/kong/, className: 'kong', names: ['kong', 'gateway'] },
  { controller: /^projectcontour\.io\//, className: 'contour', names: ['contour'], component: 'envoy' },
];

const LONG_RUNNING = new Set(['Deployment', 'DaemonSet', 'StatefulSet', 'ReplicaSet', 'Pod']);

const has = (workload: Workload, argument: string): boolean =>
  workload.spec.containers.some(({ args = [], command = [] }) => [...command, ...args].includes(argument));

const isController = (workload: Workload, { names, component }: Controller): boolean => {
  const { 'app.kubernetes.io/name': name = '', 'app.kubernetes.io/component': part = component } = workload.labels;
  return LONG_RUNNING.has(workload.kind) && names.includes(name) && part === component;
};

interface Class {
  readonly name: string;
  readonly controller?: string;
}

const classOf = (scene: Scene, { metadata: { annotations = {} }, spec = {} }: Ingress): Class | undefined => {
  const classes = scene.objectsOf<IngressClass>(INGRESS_CLASSES);
  const named = spec.ingressClassName ?? annotations['kubernetes.io/ingress.class'];
  const found = classes.find(({ metadata }) =>
    named === undefined
      ? metadata.annotations?.['ingressclass.kubernetes.io/is-default-class'] === 'true'
      : metadata.name === named,
  );
  const name = named ?? found?.metadata.name;
  if (name === undefined) return undefined;
  return { name, ...(found?.spec?.controller && { controller: found.spec.controller }) };
};

const controllersOf = (scene: Scene, { name, controller }: Class): Workload[] => {
  const byArgument = scene.workloads.filter(
    (workload) =>
      LONG_RUNNING.has(workload.kind) && controller !== undefined && has(workload, `--controller-class=${controller}`),
  );
  if (byArgument.length > 0) return byArgument;
  const known = CONTROLLERS.filter((one) =>
    controller === undefined ? one.className === name : one.controller.test(controller),
  );
  return scene.workloads.filter((workload) => known.some((one) => isController(workload, one)));
};

const backendsOf = ({ spec: { defaultBackend, rules = [] } = {} }: Ingress) =>
  [defaultBackend, ...rules.flatMap(({ http }) => http?.paths?.map(({ backend }) => backend) ?? [])].flatMap(
    (backend) => backend?.service ?? [],
  );

const ofIngress = (scene: Scene, ingress: Ingress): Partial<Evidence> => {
  const { namespace, name: own } = ingress.metadata;
  const isHere = namespace === scene.namespace;
  const name = scene.nameOf({ kind: 'Ingress', namespace, name: own });
  const found = classOf(scene, ingress);
  const controllers = found === undefined ? [] : controllersOf(scene, found);
  if (controllers.length === 0) {
    const what = found === undefined ? 'it names no class' : `of class ${found.name}`;
    const gap: Gap = {
      direction: 'ingress',
      text: `${name}: no pod of its ingress controller was found (${what}): add an ingress rule from its pods, or from its load balancer if it runs outside the cluster`,
    };
    return { gaps: isHere ? [gap] : [] };
  }
  return together(
    backendsOf(ingress).map((backend): Partial<Evidence> => {
      const service = scene.service(namespace, backend.name);
      const why = `${name} routes to Service ${backend.name}`;
      if (service === undefined)
        return { gaps: isHere ? [{ direction: 'ingress', text: `${why}, which does not exist` }] : [] };
      const port = backend.port?.number ?? backend.port?.name;
      const { destinations } = behind(scene, service, port === undefined ? {} : { port });
      const connections = controllers.flatMap((workload) =>
        destinations.map((one): Connection => ({ from: { type: 'Workload', workload }, ...one, why })),
      );
      return { connections };
    }),
  );
};

/** Backends of controllers whose Ingresses nobody has shown. */
const unseen = (scene: Scene): Gap[] =>
  scene.hasFilesOnly || scene.isUnread(INGRESSES)
    ? scene.own
        .filter((workload) => CONTROLLERS.some((one) => isController(workload, one)))
        .map((workload) => ({
          direction: 'egress',
          text: `${scene.nameOf(workload)} is an ingress controller, and the Ingresses of other namespaces are unknown: add egress rules to their backends, or run this command where all can be read`,
        }))
    : [];

/** Ingresses: their controller connects to the backends. */
export const ingresses = (scene: Scene): Evidence =>
  together([
    ...scene.objectsOf<Ingress>(INGRESSES).map((ingress) => ofIngress(scene, ingress)),
    { gaps: unseen(scene) },
  ]);
