import type { KubeObject } from '../kube/object.ts';
import { type PodImages, toPodImages } from '../policy/pod.ts';
import { type PodFacts, toPodFacts } from '../policy/warnings/facts.ts';
import { type ScannedPod, toScannedPod } from '../scan/imagescan/inventory/pod.ts';

/** A Pod as the shared cache keeps it: the fields that policies and ImageScans need. */
export type CachedPod = PodImages & ScannedPod & PodFacts;

export const toCachedPod = (raw: KubeObject): CachedPod => ({
  ...toPodImages(raw),
  ...toScannedPod(raw),
  ...toPodFacts(raw),
});
