import { nearest } from '../../reach/findings/nearest.ts';
import { ordinalLabels } from '../../reach/kubernetes-objects.ts';
import type { Endpoint } from '../../reach/verdict.ts';
import { isLive, type Labels, type ReachPod, type ReachService, type World } from '../../reach/world.ts';
import { listed } from '../../text/listed.ts';
import { InputError } from '../errors.ts';
import type { LoadedWorld } from '../world/build-world.ts';
import { isUnread } from '../world/from-cluster.ts';
import type { Reference } from './reference.ts';

/** The objects that a user means. */
export interface Party {
  /** `Deployment shop/web` */
  readonly name: string;
  /** Absent: it is an address. */
  readonly namespace?: string;
  /** Of a Service none: they depend on the port. */
  readonly endpoints: readonly Endpoint[];
  readonly service?: ReachService;
  /** One pod, which always reaches itself; a workload may have another one like it. */
  readonly isOnePod?: true;
}

/** What a name means is unknown, because the user may not read it. */
export class UnreadError extends InputError {}

interface Context {
  readonly loaded: LoadedWorld;
  /** Of names without one. */
  readonly namespace: string;
  /** Where a file has the labels of a hypothetical pod; absent: the flag --labels has them. */
  readonly labelsField?: string;
  /** Of a hypothetical pod in a namespace. */
  readonly labels?: Labels;
}

interface Named {
  readonly namespace: string;
  readonly name: string;
}

/** `web.shop` is web of namespace shop, or a name with a dot in the default namespace. */
const readings = (text: string, namespace: string): Named[] => {
  const dot = text.lastIndexOf('.');
  const own = { namespace, name: text };
  return dot < 0 ? [own] : [{ namespace: text.slice(dot + 1), name: text.slice(0, dot) }, own];
};

/** A pod of a StatefulSet that is not there yet has no ordinal. */
const isNamed = (pod: ReachPod, name: string): boolean =>
  pod.name === name ||
  (pod.state === 'Planned' && pod.workload?.kind === 'StatefulSet' && name.replace(/-\d+$/, '') === pod.name);

/** A pod of a StatefulSet that is not there yet, with the labels that it will have. */
const namedPod = (pod: ReachPod, all: readonly Named[]): ReachPod => {
  const name = all.map((one) => one.name).find((one) => isNamed(pod, one) && one !== pod.name);
  return name === undefined || pod.state !== 'Planned'
    ? pod
    : { ...pod, name, labels: { ...pod.labels, ...ordinalLabels(name) } };
};

/** Finished pods only where there is no other. */
const livingOf = (pods: readonly ReachPod[]): readonly ReachPod[] => (pods.some(isLive) ? pods.filter(isLive) : pods);

const MOST_NAMED = 5;

/** `: did you mean web-1 or web-2?`, or where to look. */
const cure = (name: string, names: readonly string[], { loaded }: Context, kind: string): string => {
  const near = nearest(name, names);
  const longer = names.filter((one) => one.startsWith(`${name}-`) || name.startsWith(`${one}-`));
  const candidates = [...new Set([...(near === undefined ? [] : [near]), ...longer])].slice(0, MOST_NAMED);
  if (candidates.length > 0) return `: did you mean ${listed(candidates, 'or')}?`;
  if (names.length > 0) {
    const shown = names.slice(0, MOST_NAMED);
    const more = names.length > shown.length ? [`${names.length - shown.length} others`] : [];
    return `: it has ${listed([...shown, ...more])}`;
  }
  if (loaded.cluster === undefined) return ': add its manifest with --filename, or the cluster with --cluster';
  return `: kubectl get ${kind.toLowerCase()} -A shows those of the cluster`;
};

const notFound = (kind: string, { namespace, name }: Named, names: readonly string[], context: Context): InputError => {
  const { loaded } = context;
  const place = loaded.cluster === undefined ? 'the files have' : 'there is';
  const what = `${place} no ${kind} ${name} in namespace ${namespace}`;
  const sorted = [...new Set(names)].sort();
  if (sorted.length === 0 && isUnread(loaded.unread, kind, namespace))
    return new UnreadError([
      `${kind} ${namespace}/${name} is unknown: you may not list ${kind}s of namespace ${namespace}: ask for ClusterRole view there`,
    ]);
  const namespaces = loaded.world.namespaces.map((one) => one.name);
  if (!namespaces.includes(namespace)) return new InputError([noNamespace(namespace, namespaces, context)]);
  return new InputError([`${what}${cure(name, sorted, context, kind)}`]);
};

const noNamespace = (name: string, names: readonly string[], context: Context): string => {
  const place = context.loaded.cluster === undefined ? 'the files have' : 'there is';
  return `${place} no namespace ${name}${cure(name, names, context, 'Namespace')}`;
};

/** The first reading that finds something. */
const firstOf = <T>(all: readonly Named[], find: (named: Named) => T | undefined): T | undefined => {
  for (const named of all) {
    const found = find(named);
    if (found !== undefined) return found;
  }
  return undefined;
};

const inNamespace = ({ pods }: World, namespace: string): ReachPod[] =>
  pods.filter((pod) => pod.namespace === namespace);

const podParty = (text: string, context: Context): Party => {
  const { world } = context.loaded;
  const all = readings(text, context.namespace);
  const found = firstOf(all, ({ namespace, name }) => inNamespace(world, namespace).find((pod) => isNamed(pod, name)));
  if (found === undefined) {
    const [first] = all;
    const names = inNamespace(world, first!.namespace).map((pod) => pod.name);
    throw notFound('Pod', first!, names, context);
  }
  return {
    name: `Pod ${found.namespace}/${found.name}`,
    namespace: found.namespace,
    endpoints: [namedPod(found, all)],
    isOnePod: true,
  };
};

/** `(app=web)`, as the name of a hypothetical pod. */
const labeled = (labels: Labels): string => {
  const text = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return `(${text.length === 0 ? 'no labels' : text.join(',')})`;
};

const namespaceParty = (namespace: string, context: Context): Party => {
  const { loaded, labels, labelsField } = context;
  const { world } = loaded;
  const names = world.namespaces.map(({ name }) => name);
  if (!names.includes(namespace) && world.partial === undefined)
    throw new InputError([noNamespace(namespace, names, context)]);
  if (labels !== undefined) {
    const pod: ReachPod = { namespace, name: labeled(labels), labels, ports: [], state: 'Planned' };
    return { name: `Pod ${namespace}/${pod.name}`, namespace, endpoints: [pod] };
  }
  const endpoints = inNamespace(world, namespace).filter(isLive);
  if (endpoints.length === 0) {
    const isHidden = isUnread(loaded.unread, 'Pod', namespace);
    const why = isHidden ? 'you may not list its pods' : 'no pod of it is known';
    const cure =
      labelsField === undefined
        ? "--labels, as in --labels app=web; --labels '' is a pod without labels"
        : `${labelsField}, as in ${labelsField}: {app: web}; ${labelsField}: {} is a pod without labels`;
    const problem = `namespace ${namespace}: ${why}: describe a pod with ${cure}`;
    throw isHidden ? new UnreadError([problem]) : new InputError([problem]);
  }
  return { name: `namespace ${namespace}`, namespace, endpoints };
};

const workloadParty = (kind: string, text: string, context: Context): Party => {
  const { world } = context.loaded;
  const ofKind = world.pods.filter(({ workload }) => workload?.kind.toLowerCase() === kind.toLowerCase());
  const all = readings(text, context.namespace);
  const pods = firstOf(all, ({ namespace, name }) => {
    const found = ofKind.filter((pod) => pod.namespace === namespace && pod.workload?.name === name);
    return found.length === 0 ? undefined : found;
  });
  const [first] = all;
  if (pods === undefined) {
    const names = ofKind.filter((pod) => pod.namespace === first!.namespace).map(({ workload }) => workload!.name);
    throw notFound(kind, first!, names, context);
  }
  const { namespace, workload } = pods[0]!;
  return { name: `${workload!.kind} ${namespace}/${workload!.name}`, namespace, endpoints: livingOf(pods) };
};

const findService = ({ services }: World, { namespace, name }: Named): ReachService | undefined =>
  services.find((one) => one.namespace === namespace && one.name === name);

const toParty = (service: ReachService): Party => ({
  ...{ name: `Service ${service.namespace}/${service.name}`, namespace: service.namespace },
  ...{ endpoints: [], service },
});

const noService = (named: Named, context: Context): InputError => {
  const { services } = context.loaded.world;
  const names = services.filter(({ namespace }) => namespace === named.namespace).map(({ name }) => name);
  return notFound('Service', named, names, context);
};

const serviceParty = (text: string, context: Context): Party => {
  const all = readings(text, context.namespace);
  const found = firstOf(all, (named) => findService(context.loaded.world, named));
  if (found === undefined) throw noService(all[0]!, context);
  return toParty(found);
};

const outside = (name: string): InputError =>
  new InputError([
    `${name} is no name of a Service: of a host outside the cluster, write the address, as in 192.0.2.1:443`,
  ]);

/** The Service, or the pod of it, that a DNS name of the cluster stands for. */
const nameParty = (labels: readonly string[], context: Context): Party => {
  const { world } = context.loaded;
  const name = labels.join('.');
  const at = labels.indexOf('svc');
  const [first = '', second = context.namespace, third, ...rest] = at > 1 ? labels.slice(0, at) : labels;
  if (rest.length > 0) throw outside(name);
  if (third !== undefined) {
    const service = findService(world, { namespace: third, name: second });
    if (service === undefined && at < 0 && !world.namespaces.some((one) => one.name === third)) throw outside(name);
    if (service === undefined) throw noService({ namespace: third, name: second }, context);
    return podParty(`${first}.${third}`, context);
  }
  const named = { namespace: second, name: first };
  const found = findService(world, named);
  if (found !== undefined) return toParty(found);
  const isElsewhere = at < 0 && labels.length > 1 && !world.namespaces.some((one) => one.name === second);
  const error = noService(named, context);
  throw isElsewhere ? new InputError([...error.problems, ...outside(name).problems]) : error;
};

/** The objects that the reference means. @throws InputError that names the nearest that exist */
export const resolve = (reference: Reference, context: Context): Party => {
  switch (reference.type) {
    case 'Address':
      return { name: reference.address, endpoints: [{ address: reference.address }] };
    case 'Name':
      return nameParty(reference.labels, context);
    case 'Object': {
      const { kind, name } = reference;
      if (kind === 'Pod') return podParty(name, context);
      if (kind === 'Namespace') return namespaceParty(name, context);
      return kind === 'Service' ? serviceParty(name, context) : workloadParty(kind, name, context);
    }
  }
};
