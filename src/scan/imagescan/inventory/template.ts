import type { JobStatus } from 'kubernetes-types/batch/v1.js';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1.js';
import type { KubeObject } from '../../../kube/object.ts';
import { imageVolumes } from './pod.ts';

/** A workload as the cache keeps it: the images of its pod template. */
export interface ScannedTemplate extends KubeObject {
  /** As written: of containers, init containers and image volumes; none when the workload has ended. */
  readonly images: readonly string[];
  /** Of its pods. */
  readonly podLabels?: Readonly<Record<string, string>>;
  /** The platform that its node selector requires, as far as it does. */
  readonly os?: string;
  readonly architecture?: string;
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

export const toScannedTemplate = (raw: KubeObject): ScannedTemplate => {
  const { apiVersion, kind, metadata, spec } = raw as Workload;
  const { name, namespace, uid, resourceVersion } = metadata;
  const template = spec?.template ?? spec?.jobTemplate?.spec?.template;
  const pod = hasEnded(raw as Workload) ? undefined : template?.spec;
  const containers = [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])];
  const images = [
    ...containers.flatMap(({ image }) => image || []),
    ...imageVolumes(pod ?? {}).map(([, image]) => image),
  ];
  const podLabels = template?.metadata?.labels;
  const { 'kubernetes.io/os': os, 'kubernetes.io/arch': architecture } = pod?.nodeSelector ?? {};
  return {
    apiVersion,
    kind,
    metadata: { name, ...(namespace !== undefined && { namespace }), uid, resourceVersion },
    images: [...new Set(images)],
    ...(podLabels !== undefined && { podLabels }),
    ...(os !== undefined && { os }),
    ...(architecture !== undefined && { architecture }),
  };
};
