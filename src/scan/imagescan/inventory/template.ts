import type { JobStatus } from 'kubernetes-types/batch/v1.js';
import type { PodSpec, PodTemplateSpec } from 'kubernetes-types/core/v1.js';
import type { KubeObject } from '../../../kube/object.ts';
import type { RequiredPlatform } from './node.ts';
import { imageVolumes } from './pod.ts';

/** A workload as the cache keeps it: the images of its pod template. */
export interface ScannedTemplate extends KubeObject, RequiredPlatform {
  /** As written: of containers, init containers and image volumes; none when the workload makes no more pods by itself. */
  readonly images: readonly string[];
  /** Of its pods. */
  readonly podLabels?: Readonly<Record<string, string>>;
}

interface Workload extends KubeObject {
  readonly spec?: {
    readonly template?: PodTemplateSpec;
    readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplateSpec } };
  };
  readonly status?: Pick<JobStatus, 'conditions'>;
}

/** A Job that has ended runs no pod again. Other workloads never end. */
const hasEnded = ({ kind, status }: Workload): boolean =>
  kind === 'Job' &&
  (status?.conditions ?? []).some(
    ({ type, status: is }) => is === 'True' && (type === 'Complete' || type === 'Failed'),
  );

/** The one value of a label that every node must have; undefined when several values, or none, are possible. */
const requiredLabel = ({ nodeSelector = {}, affinity }: PodSpec, labels: readonly string[]): string | undefined => {
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const inTerms = terms.map(({ matchExpressions = [] }) =>
    matchExpressions.find(({ key, operator, values = [] }) => {
      return labels.includes(key) && operator === 'In' && values.length === 1;
    }),
  );
  const [first, ...others] = new Set(inTerms.map((found) => found?.values?.[0]));
  const selected = labels.map((label) => nodeSelector[label]).find(Boolean);
  return selected ?? ((others.length === 0 && first) || undefined);
};

/** As far as the pods require one. */
const platformOf = (pod: PodSpec): RequiredPlatform => {
  const os = pod.os?.name || requiredLabel(pod, ['kubernetes.io/os', 'beta.kubernetes.io/os']);
  const architecture = requiredLabel(pod, ['kubernetes.io/arch', 'beta.kubernetes.io/arch']);
  return { ...(os !== undefined && { os }), ...(architecture !== undefined && { architecture }) };
};

/** A Deployment makes ReplicaSets, and keeps earlier ones: its own template counts. */
const isOwned = ({ kind, metadata }: Workload): boolean =>
  (kind === 'ReplicaSet' || kind === 'ReplicationController') &&
  (metadata.ownerReferences ?? []).some(({ controller }) => controller === true);

/** Whether a workload makes pods by itself, now or later. */
export const makesPods = (raw: KubeObject): boolean => !hasEnded(raw as Workload) && !isOwned(raw);

export const toScannedTemplate = (raw: KubeObject): ScannedTemplate => {
  const { apiVersion, kind, metadata, spec } = raw as Workload;
  const { name, namespace, uid, resourceVersion } = metadata;
  const template = spec?.template ?? spec?.jobTemplate?.spec?.template;
  const pod = makesPods(raw) ? template?.spec : undefined;
  const containers = [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])];
  const images = [
    ...containers.flatMap(({ image }) => image || []),
    ...imageVolumes(pod ?? {}).map(([, image]) => image),
  ];
  const podLabels = template?.metadata?.labels;
  return {
    apiVersion,
    kind,
    metadata: { name, ...(namespace !== undefined && { namespace }), uid, resourceVersion },
    images: [...new Set(images)],
    ...(podLabels !== undefined && { podLabels }),
    ...(pod !== undefined && platformOf(pod)),
  };
};
