import type { KubeObject } from '../kube/object.ts';
import { toWorkloadFacts, type WorkloadFacts } from '../policy/warnings/facts.ts';
import { makesPods, type ScannedTemplate, toScannedTemplate } from '../scan/imagescan/inventory/template.ts';

/** A workload as the shared cache keeps it: the fields that policies and ImageScans need. */
export type CachedWorkload = ScannedTemplate & WorkloadFacts;

export const toCachedWorkload = (raw: KubeObject): CachedWorkload => ({
  ...toScannedTemplate(raw),
  ...toWorkloadFacts(raw, !makesPods(raw)),
});
