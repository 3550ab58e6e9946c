import type { KubeObject } from '../kube/object.ts';
import { type PodView, toPodView } from '../policy/pod.ts';
import { type ScannedPod, toScannedPod } from '../scan/imagescan/inventory/pod.ts';

/** A Pod as the one cache of pods keeps it: what policies and what ImageScans need of it. */
export type CachedPod = PodView & ScannedPod;

export const toCachedPod = (raw: KubeObject): CachedPod => ({ ...toPodView(raw), ...toScannedPod(raw) });
