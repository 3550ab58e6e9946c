import { isDeepStrictEqual } from 'node:util';
import type { Pod, PodTemplateSpec } from 'kubernetes-types/core/v1.js';
import { selects } from '../../api/selector.ts';
import { CRON_JOBS, JOBS, PODS } from '../../kube/kinds.ts';
import { controllerOf, toPlannedPod, toReachPod } from '../../reach/kubernetes-objects.ts';
import type { ReachPod, WorkloadRef } from '../../reach/world.ts';
import { isObject } from '../../text/is-object.ts';
import { controllerKey, isOfKind, type KubernetesObject, keyOf } from './kubernetes-object.ts';
import { operatedTemplate } from './prometheus-operator.ts';

interface Templated {
  readonly template?: PodTemplateSpec;
  readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplateSpec } };
}

/** The template of the pods of a workload; other kinds than those of Kubernetes, such as Rollout, have it at the same place. */
export const templateOf = (object: KubernetesObject): PodTemplateSpec | undefined => {
  const spec = object.spec as Templated | undefined;
  const template = isOfKind(object, CRON_JOBS) ? spec?.jobTemplate?.spec?.template : spec?.template;
  return isObject(template) && isObject(template.spec) && Array.isArray(template.spec.containers)
    ? template
    : undefined;
};

const refOf = ({ kind, metadata: { name } }: KubernetesObject): WorkloadRef => ({ kind, name });

/** A Job that is over makes no pod any more. */
const isOver = (object: KubernetesObject): boolean => {
  const { conditions = [] } = (object.status ?? {}) as { conditions?: { type: string; status: string }[] };
  return (
    isOfKind(object, JOBS) &&
    conditions.some(({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'))
  );
};

/** The workload that everything of it belongs to: the Deployment of a ReplicaSet, the CronJob of a Job. */
const rootOf = (object: KubernetesObject, byKey: ReadonlyMap<string, KubernetesObject>): KubernetesObject => {
  let root = object;
  // Owners that own each other would never end.
  for (const seen = new Set([root]); ; seen.add(root)) {
    const owner = byKey.get(controllerKey(root) ?? '');
    if (owner === undefined || seen.has(owner)) return root;
    root = owner;
  }
};

/** A pod of an older template does not outlive the new one. */
const isOfTemplate = (pod: ReachPod, planned: ReachPod): boolean =>
  selects({ matchLabels: planned.labels }, pod.labels) &&
  isDeepStrictEqual([pod.ports, pod.hostNetwork], [planned.ports, planned.hostNetwork]);

/**
 * The pods, each with its workload, and a planned pod for each workload that has none: the files have its template only, or
 * it is a CronJob that does not run now.
 * @param isNew whether a workload comes from a file, so that pods of its former template count no more
 */
export const podsOf = (
  objects: readonly KubernetesObject[],
  isNew: (workload: KubernetesObject) => boolean,
): ReachPod[] => {
  const byKey = new Map(objects.map((object) => [keyOf(object), object]));
  const planned = new Map<KubernetesObject, ReachPod>();
  for (const object of objects) {
    const template = templateOf(object) ?? operatedTemplate(object);
    if (template === undefined || rootOf(object, byKey) !== object) continue;
    const pod = toPlannedPod(object.metadata.namespace ?? '', refOf(object), template);
    // Its labels still show that a selector is right.
    planned.set(object, isOver(object) ? { ...pod, state: 'Finished' } : pod);
  }
  const pods = objects
    .filter((object) => isOfKind(object, PODS))
    .flatMap((object): { pod: ReachPod; root?: KubernetesObject }[] => {
      const root = rootOf(object, byKey);
      if (root === object) return [{ pod: toReachPod(object as unknown as PodObject, controllerOf(object.metadata)) }];
      const pod = toReachPod(object as unknown as PodObject, refOf(root));
      const future = planned.get(root);
      return isNew(root) && future !== undefined && !isOfTemplate(pod, future) ? [] : [{ pod, root }];
    });
  const alive = new Set(pods.filter(({ pod }) => pod.state !== 'Finished').map(({ root }) => root));
  return [
    ...pods.map(({ pod }) => pod),
    ...[...planned].filter(([workload]) => !alive.has(workload)).map(([, pod]) => pod),
  ];
};

type PodObject = Omit<Pod, 'metadata'> & Pick<KubernetesObject, 'metadata'>;
