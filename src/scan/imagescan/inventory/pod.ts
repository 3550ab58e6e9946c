import type { ContainerStatus, PodSpec, PodStatus } from 'kubernetes-types/core/v1.js';
import type { KubeObject } from '../../../kube/object.ts';
import { type RunningImage, runningImage, volumeImage } from './running-image.ts';

/** A Pod as the cache keeps it: ten thousand whole pods are 80 MB. */
export interface ScannedPod extends KubeObject {
  /** Of containers that run or ran in it, init and ephemeral ones too; none when the pod has finished. */
  readonly running: readonly RunningImage[];
  /** The node that it runs on. */
  readonly node?: string;
}

const isFinished = ({ phase }: PodStatus): boolean => phase === 'Succeeded' || phase === 'Failed';

const statusesOf = (status: PodStatus): ContainerStatus[] => [
  ...(status.containerStatuses ?? []),
  ...(status.initContainerStatuses ?? []),
  ...(status.ephemeralContainerStatuses ?? []),
];

/** KEP-4639 and KEP-5365; kubernetes-types has older types. */
interface WithImageVolumes {
  readonly volumes?: readonly { readonly name: string; readonly image?: { readonly reference?: string } }[];
}
interface WithVolumeStatus {
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly volumeStatus?: { readonly image?: { readonly imageRef?: string } };
  }[];
}

/** The references of image volumes, by the name of the volume. */
export const imageVolumes = (spec: object): [name: string, reference: string][] =>
  ((spec as WithImageVolumes).volumes ?? []).flatMap(({ name, image }): [string, string][] =>
    image?.reference === undefined || image.reference === '' ? [] : [[name, image.reference]],
  );

const volumesIn = (spec: PodSpec, status: PodStatus): RunningImage[] => {
  const mounts = statusesOf(status).flatMap((container) => (container as WithVolumeStatus).volumeMounts ?? []);
  return imageVolumes(spec).map(([name, reference]) => {
    const [imageRef] = mounts.flatMap((mount) =>
      mount.name === name ? (mount.volumeStatus?.image?.imageRef ?? []) : [],
    );
    return volumeImage(reference, imageRef);
  });
};

/** An image that is still being pulled has no ID; a virtual kubelet may report none of a container that runs. */
const hasImage = ({ imageID, state }: ContainerStatus): boolean => imageID !== '' || state?.running !== undefined;

/** Images of containers and of volumes. */
const runningIn = (spec: PodSpec, status: PodStatus): RunningImage[] => {
  if (isFinished(status)) return [];
  const { containers, initContainers = [], ephemeralContainers = [] } = spec;
  const written = new Map([...containers, ...initContainers, ...ephemeralContainers].map((c) => [c.name, c.image]));
  const images = statusesOf(status)
    .filter(hasImage)
    .map(({ name, image, imageID }) => runningImage(written.get(name) ?? image, imageID));
  const all = [...images, ...volumesIn(spec, status)];
  return [...new Map(all.map((image) => [JSON.stringify(image), image])).values()];
};

export const toScannedPod = (raw: KubeObject): ScannedPod => {
  const { apiVersion, kind, metadata, spec, status = {} } = raw as KubeObject & { spec: PodSpec; status?: PodStatus };
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
    running: runningIn(spec, status),
    ...(spec.nodeName !== undefined && { node: spec.nodeName }),
  };
};
