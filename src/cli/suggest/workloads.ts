import type { PodSpec } from 'kubernetes-types/core/v1.js';
import { PODS } from '../../kube/kinds.ts';
import { isLive, type Labels, type ReachPod } from '../../reach/world.ts';
import { compareText } from '../../text/compare-text.ts';
import { isObject } from '../../text/is-object.ts';
import type { LoadedWorld } from '../world/build-world.ts';
import { isOfKind, type KubernetesObject } from '../world/kubernetes-object.ts';
import { operatedTemplate } from '../world/prometheus-operator.ts';
import { templateOf } from '../world/workloads.ts';

/** Pods of one workload; a pod of none is its own. */
export interface Workload {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly pods: readonly ReachPod[];
  readonly spec: PodSpec;
  /** Those of its pods that stay the same when it changes. */
  readonly labels: Labels;
  /** By which it finds its pods; absent: it has no such selector. */
  readonly selector?: Labels;
  readonly hostNetwork: boolean;
}

/** Of one pod, one run or one version. */
const PASSING = new Set([
  ...['pod-template-hash', 'controller-revision-hash', 'pod-template-generation', 'controller-uid', 'job-name'],
  ...['statefulset.kubernetes.io/pod-name', 'apps.kubernetes.io/pod-index', 'helm.sh/chart', 'chart'],
  ...['batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name', 'batch.kubernetes.io/job-completion-index'],
  ...['app.kubernetes.io/version', 'app.kubernetes.io/managed-by', 'heritage'],
]);

const lasting = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => !PASSING.has(key)));

const common = ([first, ...others]: readonly Labels[]): Labels =>
  Object.fromEntries(
    Object.entries(first ?? {}).filter(([key, value]) => others.every((labels) => labels[key] === value)),
  );

const selectorOf = ({ spec }: KubernetesObject, labels: Labels): Labels | undefined => {
  const selector = isObject(spec) && isObject(spec.selector) ? spec.selector.matchLabels : undefined;
  if (!isObject(selector)) return undefined;
  // Of a Job it is the label of its run.
  const kept = Object.entries(selector).filter(([key, value]) => labels[key] === value);
  return kept.length === 0 ? undefined : (Object.fromEntries(kept) as Labels);
};

const pathOf = (namespace: string, kind: string, name: string): string => `${namespace} ${kind} ${name}`;

/** The workloads of a world, in order. Finished pods take part in no connection. */
export const workloadsOf = ({ objects, world }: Pick<LoadedWorld, 'objects' | 'world'>): Workload[] => {
  const byPath = new Map(
    objects
      .filter((object) => isOfKind(object, PODS) || (templateOf(object) ?? operatedTemplate(object)) !== undefined)
      .map((object) => [pathOf(object.metadata.namespace ?? '', object.kind, object.metadata.name), object]),
  );
  const groups = Map.groupBy(world.pods.filter(isLive), ({ namespace, name, workload }) =>
    pathOf(namespace, workload?.kind ?? PODS.kind, workload?.name ?? name),
  );
  return [...groups]
    .sort(([a], [b]) => compareText(a, b))
    .map(([path, pods]): Workload => {
      const { namespace, name, workload = { kind: PODS.kind, name } } = pods[0]!;
      const owner = byPath.get(path);
      const template = owner && templateOf(owner);
      // The owner may be of a kind that nobody reads: its pods have what its template had.
      const pod = byPath.get(pathOf(namespace, PODS.kind, name));
      const operated = owner && operatedTemplate(owner);
      const spec = (template?.spec ?? pod?.spec ?? operated?.spec ?? { containers: [] }) as PodSpec;
      const labels = lasting((template ?? operated)?.metadata?.labels ?? common(pods.map((one) => one.labels)));
      const selector = owner && template && selectorOf(owner, labels);
      return {
        ...{ namespace, ...workload, pods, spec, labels },
        ...(selector && { selector }),
        hostNetwork: pods.some(({ hostNetwork }) => hostNetwork === true),
      };
    });
};
