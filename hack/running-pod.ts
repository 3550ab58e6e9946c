import type { KubeClient } from '../src/kube/rest/client.ts';
import { KINDS } from './kinds.ts';

export interface RunningContainer {
  /** The image as the pod's author writes it. */
  readonly reference: string;
  /** The image that the node reports as pulled, as in r.io/app@sha256:… */
  readonly imageID: string;
}

export interface RunningPod {
  readonly namespace: string;
  readonly name: string;
  readonly containers: readonly RunningContainer[];
  readonly init?: readonly RunningContainer[];
  readonly ephemeral?: readonly RunningContainer[];
  readonly labels?: Record<string, string>;
  readonly node?: string;
}

type Kind = 'containers' | 'init' | 'ephemeral';

const SECURITY = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

const nameOf = (kind: Kind, i: number): string => `${kind}-${i}`;

const specs = (pod: RunningPod, kind: Kind) =>
  (pod[kind] ?? []).map(({ reference }, i) => ({
    name: nameOf(kind, i),
    image: reference,
    securityContext: SECURITY,
  }));

const statuses = (pod: RunningPod, kind: Kind) =>
  (pod[kind] ?? []).map(({ reference, imageID }, i) => ({
    name: nameOf(kind, i),
    image: reference,
    imageID,
    ready: true,
    restartCount: 0,
  }));

const manifest = (pod: RunningPod) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: pod.name, namespace: pod.namespace, labels: pod.labels ?? {} },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: specs(pod, 'containers'),
    initContainers: specs(pod, 'init'),
    // In a cluster with nodes the pod must not really start.
    ...(pod.node === undefined ? { schedulerName: 'nobody' } : { nodeName: pod.node }),
  },
});

/** Creates a pod, and writes the status that its node would report. */
export const runPod = async (admin: KubeClient, pod: RunningPod): Promise<void> => {
  const { namespace, name } = pod;
  const patch = (subresource: string, body: object) =>
    admin.patch(KINDS.Pod, name, body, { namespace, type: 'merge', subresource });
  await admin.create(KINDS.Pod, manifest(pod), { namespace });
  if (pod.ephemeral !== undefined) {
    await patch('ephemeralcontainers', { spec: { ephemeralContainers: specs(pod, 'ephemeral') } });
  }
  const status = {
    phase: 'Running',
    containerStatuses: statuses(pod, 'containers'),
    initContainerStatuses: statuses(pod, 'init'),
    ephemeralContainerStatuses: statuses(pod, 'ephemeral'),
  };
  await patch('status', { status });
};
