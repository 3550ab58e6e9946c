import type { PodTemplateSpec } from 'kubernetes-types/core/v1.js';
import type { KubeObject } from '../../kube/object.ts';
import { controllerOf, toPlannedPod, toReachPod, toReachService } from '../../reach/kubernetes-objects.ts';
import type { ReachPod, ReachService, WorkloadRef } from '../../reach/world.ts';

/** A Pod as the model of reachability has it. */
export interface PodFacts extends KubeObject {
  readonly reach: ReachPod;
}

/** A workload as the model of reachability has it. */
export interface WorkloadFacts extends KubeObject {
  /** The pod that it makes; a finished one when it makes none any more. */
  readonly planned?: ReachPod;
  /** The workload that made it: the CronJob of a Job. */
  readonly owner?: WorkloadRef;
}

export interface CachedReachService extends KubeObject {
  readonly reach: ReachService;
}

export const toPodFacts = (raw: KubeObject): Pick<PodFacts, 'reach'> => ({
  reach: toReachPod(raw as never, controllerOf(raw.metadata)),
});

interface Workload extends KubeObject {
  readonly spec?: {
    readonly template?: PodTemplateSpec;
    readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplateSpec } };
  };
}

/** @param isOver whether it makes no more pods */
export const toWorkloadFacts = (raw: KubeObject, isOver: boolean): Pick<WorkloadFacts, 'planned' | 'owner'> => {
  const { kind, metadata, spec } = raw as Workload;
  const template = spec?.template ?? spec?.jobTemplate?.spec?.template;
  const owner = controllerOf(metadata);
  const pod = (of: PodTemplateSpec): ReachPod =>
    toPlannedPod(metadata.namespace ?? '', { kind, name: metadata.name }, of);
  return {
    ...(owner && { owner }),
    ...(template && { planned: isOver ? { ...pod(template), state: 'Finished' } : pod(template) }),
  };
};

export const toCachedReachService = (raw: KubeObject): CachedReachService => {
  const { apiVersion, kind, metadata } = raw;
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    ...{ apiVersion, kind },
    metadata: { name, ...(namespace !== undefined && { namespace }), uid, resourceVersion },
    reach: toReachService(raw as never),
  };
};
