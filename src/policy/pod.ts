import type { PodSpec, PodStatus } from 'kubernetes-types/core/v1.js';
import type { KubeObject } from '../kube/object.ts';

/** A Pod as the cache keeps it, with its labels: ten thousand whole pods take 80 MB. */
export interface PodImages extends KubeObject {
  /** Of containers of every kind and of image volumes, each once. */
  readonly images: readonly string[];
  /** No container of it runs, or will run. */
  readonly finished: boolean;
  /** On the network of its node, where NetworkPolicies do not apply to it. */
  readonly hostNetwork?: true;
}

/** The images of a workload's pod template, as the cache keeps them. */
export interface WorkloadImages extends KubeObject {
  /** None when it makes no more pods by itself: it has ended, or another object makes and replaces it. */
  readonly images: readonly string[];
}

/** kubernetes-types 1.30 does not know image volumes yet. */
type Volume = NonNullable<PodSpec['volumes']>[number] & { readonly image?: { readonly reference?: string } };

const imagesOf = ({ containers, initContainers = [], ephemeralContainers = [], volumes = [] }: PodSpec): string[] => {
  const images = [
    ...[...containers, ...initContainers, ...ephemeralContainers].map((c) => c.image),
    ...(volumes as readonly Volume[]).map((v) => v.image?.reference),
  ];
  return [...new Set(images.filter((image) => image !== undefined))];
};

export const toPodImages = (raw: KubeObject): PodImages => {
  const { apiVersion, kind, metadata, spec, status } = raw as KubeObject & { spec: PodSpec; status?: PodStatus };
  const { name, namespace, uid, resourceVersion, labels } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      uid,
      resourceVersion,
      ...(labels !== undefined && { labels }),
    },
    images: imagesOf(spec),
    finished: status?.phase === 'Succeeded' || status?.phase === 'Failed',
    ...(spec.hostNetwork === true && { hostNetwork: true }),
  };
};
