import { isLive, type Labels, type ReachPod } from '../../reach/world.ts';
import type { ObservedEnd } from './observed.ts';

/** A pod, and whether it is the one of the flow or one like it. */
export interface FoundPod {
  readonly pod: ReachPod;
  /** Exact: it still exists. Like: another pod of its workload. Hypothetical: a pod with the labels of the log. */
  readonly as: 'Exact' | 'Like' | 'Hypothetical';
}

/** The letters of random parts of names, of which Kubernetes leaves out those that could make words. */
const RANDOM = '[bcdfghjklmnpqrstvwxz2456789]';
const POD = `${RANDOM}{5}`;
const HASH = `${RANDOM}{5,10}`;

/** What follows the name of a workload in the names of its pods; of several pods, Calico has what they begin with. */
const SUFFIXES: Readonly<Record<string, readonly [one: RegExp, several: RegExp]>> = {
  Deployment: [new RegExp(`^-${HASH}-${POD}$`), new RegExp(`^-${HASH}-$`)],
  ReplicaSet: [new RegExp(`^-${POD}$`), /^-$/],
  DaemonSet: [new RegExp(`^-${POD}$`), /^-$/],
  StatefulSet: [/^-\d+$/, /^-$/],
  Job: [new RegExp(`^(-\\d+)?-${POD}$`), /^(-\d+)?-$/],
  CronJob: [new RegExp(`^-\\d+(-\\d+)?-${POD}$`), /^-\d+(-\d+)?-$/],
};

/** Whether a pod of the flow is, or was, of the workload of this one. */
const isOfWorkload = ({ pod, podPrefix, workload: observed }: ObservedEnd, { workload }: ReachPod): boolean => {
  if (workload === undefined) return false;
  if (observed?.kind === workload.kind && observed.name === workload.name) return true;
  const [one, several] = SUFFIXES[workload.kind] ?? [];
  const suffixOf = (name: string | undefined): string | undefined =>
    name?.startsWith(workload.name) ? name.slice(workload.name.length) : undefined;
  return one?.test(suffixOf(pod) ?? '') === true || several?.test(suffixOf(podPrefix) ?? '') === true;
};

/** `web-755cdc7957-` is that of web-755cdc7957-x2x4z, and `web-` not that of web-api-x2x4z. */
const hasPrefix = ({ podPrefix = '' }: ObservedEnd, { name }: ReachPod): boolean =>
  podPrefix !== '' && name.startsWith(podPrefix) && !name.slice(podPrefix.length).includes('-');

const hasLabels = ({ labels }: ReachPod, wanted: Labels): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

/** What the pod of a flow is called when nothing else is known of it. */
const nameOf = ({ pod, podPrefix, labels = {} }: ObservedEnd): string =>
  pod ??
  (podPrefix === undefined ? `(${Object.entries(labels).map(([key, value]) => `${key}=${value}`)})` : `${podPrefix}*`);

/** Pods of a world by the names that flow logs have. */
export class PodNames {
  readonly #byName: ReadonlyMap<string, ReachPod>;
  readonly #byNamespace: ReadonlyMap<string, readonly ReachPod[]>;
  /** A pod that is looked for again is one object, as Reach needs it. */
  readonly #found = new Map<string, FoundPod | undefined>();
  readonly #copies = new Map<string, ReachPod>();

  constructor(pods: readonly ReachPod[]) {
    this.#byName = new Map(pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod]));
    this.#byNamespace = Map.groupBy(pods, ({ namespace }) => namespace);
  }

  /** Undefined: no pod of the world is like it, and the log has no labels of it. */
  find(end: ObservedEnd): FoundPod | undefined {
    const key = JSON.stringify([end.namespace, end.pod, end.podPrefix, end.workload, end.labels]);
    if (!this.#found.has(key)) this.#found.set(key, this.#find(end));
    return this.#found.get(key);
  }

  #find(end: ObservedEnd): FoundPod | undefined {
    const exact = this.#byName.get(`${end.namespace}/${end.pod}`);
    if (exact !== undefined) return { pod: isLive(exact) ? exact : this.#copy(exact), as: 'Exact' };
    const all = this.#byNamespace.get(end.namespace ?? '') ?? [];
    const named = all.filter((pod) => hasPrefix(end, pod));
    const like = named.length > 0 ? named : all.filter((pod) => isOfWorkload(end, pod));
    const labeled = like.filter((pod) => hasLabels(pod, end.labels ?? {}));
    const candidates = labeled.length > 0 ? labeled : like;
    const pod = candidates.find(isLive) ?? candidates[0];
    if (pod !== undefined) return { pod: this.#copy(pod), as: 'Like' };
    return end.labels && { pod: hypothetical(end, end.labels), as: 'Hypothetical' };
  }

  /** A pod that is like another: not on its node, and running if that has finished. */
  #copy(pod: ReachPod): ReachPod {
    const key = `${pod.namespace}/${pod.name}`;
    const { node: _, addresses: __, ...rest } = pod;
    const copy = this.#copies.get(key) ?? { ...rest, state: 'Planned' };
    this.#copies.set(key, copy);
    return copy;
  }
}

const hypothetical = (end: ObservedEnd, labels: Labels): ReachPod => ({
  ...{ namespace: end.namespace ?? '', name: nameOf(end), labels, ports: [], state: 'Planned' },
  ...(end.workload && { workload: end.workload }),
});
