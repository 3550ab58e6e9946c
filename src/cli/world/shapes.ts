import { Ajv, type ValidateFunction } from 'ajv';
import type { Problem } from '../validation/problem.ts';
import { toProblem } from '../validation/structure.ts';
import { groupOf, type KubernetesObject } from './kubernetes-object.ts';

// Only the fields that the models of reachability and of rights read; the API server knows the others.

const text = { type: 'string' };
const texts = { type: 'array', items: text };
const labels = { type: 'object', additionalProperties: text };
const number = { type: 'integer', minimum: 1, maximum: 65_535 };
const integer = { type: 'integer' };
const protocol = { enum: ['TCP', 'UDP', 'SCTP'] };
const numberOrName = { type: ['integer', 'string'] };

const object = (properties: object, required: readonly string[] = []) => ({ type: 'object', properties, required });
const list = (items: object) => ({ type: 'array', items });

const owner = object({ kind: text, name: text, apiVersion: text }, ['kind', 'name', 'apiVersion']);
const metadata = object({ labels, annotations: labels, ownerReferences: list(owner) });
const container = object({
  ports: list(object({ containerPort: number, name: text, protocol }, ['containerPort'])),
  restartPolicy: text,
});
const podSpec = object({
  ...{ containers: list(container), initContainers: list(container) },
  ...{ hostNetwork: { type: 'boolean' }, nodeName: text },
});
const podTemplate = object({ metadata, spec: podSpec }, ['spec']);
const ofTemplate = object({ template: podTemplate }, ['template']);
const selector = object({
  matchLabels: labels,
  matchExpressions: list(
    object({ key: text, operator: { enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] }, values: texts }, [
      'key',
      'operator',
    ]),
  ),
});
const peers = list(
  object({
    ...{ podSelector: selector, namespaceSelector: selector },
    ipBlock: object({ cidr: text, except: texts }, ['cidr']),
  }),
);
const policyPorts = list(object({ protocol, port: numberOrName, endPort: number }));

const rule = object({ verbs: texts, apiGroups: texts, resources: texts, resourceNames: texts }, ['verbs']);
const binding = object(
  {
    ...{ metadata, roleRef: object({ kind: { enum: ['Role', 'ClusterRole'] }, name: text }, ['kind', 'name']) },
    subjects: list(
      object({ kind: { enum: ['User', 'Group', 'ServiceAccount'] }, name: text, namespace: text }, ['kind', 'name']),
    ),
  },
  ['roleRef'],
);

const WORKLOAD = object({ metadata, spec: ofTemplate }, ['spec']);

/** By group and kind. */
const SHAPES: Readonly<Record<string, object>> = {
  '/Namespace': object({ metadata }),
  '/Pod': object(
    {
      ...{ metadata, spec: podSpec },
      status: object({ phase: text, podIP: text, podIPs: list(object({ ip: text })) }),
    },
    ['spec'],
  ),
  '/Node': object({
    metadata,
    status: object({ addresses: list(object({ type: text, address: text }, ['type', 'address'])) }),
  }),
  '/Service': object({
    metadata,
    spec: object({
      ...{ type: text, clusterIP: text, clusterIPs: texts, externalName: text, selector: labels },
      externalIPs: texts,
      ports: list(
        object({ port: number, name: text, protocol, targetPort: numberOrName, nodePort: integer }, ['port']),
      ),
    }),
    status: object({ loadBalancer: object({ ingress: list(object({ ip: text })) }) }),
  }),
  'discovery.k8s.io/EndpointSlice': object({
    ...{ metadata, addressType: text },
    endpoints: list(
      object(
        {
          ...{ addresses: texts, targetRef: object({ kind: text, name: text }) },
          conditions: object({ ready: { type: 'boolean' } }),
        },
        ['addresses'],
      ),
    ),
    ports: list(object({ port: number, name: text, protocol })),
  }),
  'networking.k8s.io/NetworkPolicy': object(
    {
      metadata,
      spec: object({
        ...{ podSelector: selector, policyTypes: list({ enum: ['Ingress', 'Egress'] }) },
        ...{
          ingress: list(object({ from: peers, ports: policyPorts })),
          egress: list(object({ to: peers, ports: policyPorts })),
        },
      }),
    },
    ['spec'],
  ),
  'rbac.authorization.k8s.io/Role': object({ metadata, rules: list(rule) }),
  'rbac.authorization.k8s.io/ClusterRole': object({
    ...{ metadata, rules: list(rule) },
    aggregationRule: object({ clusterRoleSelectors: list(selector) }),
  }),
  'rbac.authorization.k8s.io/RoleBinding': binding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': binding,
  'apps/Deployment': WORKLOAD,
  'apps/StatefulSet': WORKLOAD,
  'apps/DaemonSet': WORKLOAD,
  'apps/ReplicaSet': WORKLOAD,
  'batch/Job': WORKLOAD,
  'batch/CronJob': object(
    { metadata, spec: object({ jobTemplate: object({ metadata, spec: ofTemplate }, ['spec']) }, ['jobTemplate']) },
    ['spec'],
  ),
};

const shapeOf = (object: Pick<KubernetesObject, 'apiVersion' | 'kind'>): object | undefined =>
  SHAPES[`${groupOf(object)}/${object.kind}`];

/** Whether a model knows the kind. */
export const isKnown = (object: Pick<KubernetesObject, 'apiVersion' | 'kind'>): boolean =>
  shapeOf(object) !== undefined;

/** Checks the fields that reachability and rights depend on, so that other code can rely on their types. */
export const compileShapes = (): ((object: KubernetesObject, isWorkload: boolean) => Problem[]) => {
  const ajv = new Ajv({ allErrors: true, verbose: true, strict: false });
  const compiled = new Map<object, ValidateFunction>();
  return (checked, isWorkload) => {
    const shape = shapeOf(checked) ?? (isWorkload ? WORKLOAD : undefined);
    if (shape === undefined) return [];
    const validate = compiled.get(shape) ?? ajv.compile(shape);
    compiled.set(shape, validate);
    return validate(checked) ? [] : (validate.errors ?? []).flatMap((error) => toProblem(error, checked));
  };
};
