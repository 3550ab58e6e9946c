import type { Node } from 'kubernetes-types/core/v1.js';
import type { KubeObject } from '../../../kube/object.ts';
import { DEFAULT_PLATFORM } from '../../registry/platform.ts';

/** A Node as the cache keeps it. */
export interface CachedNode extends KubeObject {
  /** `linux/amd64`; absent until the node has reported it. */
  readonly platform?: string;
}

export const toCachedNode = (raw: KubeObject): CachedNode => {
  const { apiVersion, kind, metadata, status } = raw as KubeObject & Pick<Node, 'status'>;
  const { operatingSystem, architecture } = status?.nodeInfo ?? {};
  const { name, uid, resourceVersion } = metadata;
  return {
    apiVersion,
    kind,
    metadata: { name, uid, resourceVersion },
    ...(operatingSystem && architecture && { platform: `${operatingSystem}/${architecture}` }),
  };
};

/** What a pod requires of its node, as far as it does. */
export interface RequiredPlatform {
  readonly os?: string;
  readonly architecture?: string;
}

/**
 * The platform of most nodes that a pod may run on; of equally many the first by name. `linux/amd64` without a known node.
 * Where no node is as required, one may join.
 */
export const usualPlatform = (nodes: readonly CachedNode[]): ((required?: RequiredPlatform) => string) => {
  const groups = Map.groupBy(
    nodes.flatMap(({ platform }) => platform ?? []),
    (platform) => platform,
  );
  const platforms = [...groups]
    .sort(([a, as], [b, bs]) => bs.length - as.length || (a < b ? -1 : 1))
    .map(([platform]) => platform.split('/') as [os: string, architecture: string]);
  return ({ os, architecture } = {}) => {
    const fitting = platforms.find(
      (platform) => [os ?? platform[0], architecture ?? platform[1]].join() === `${platform}`,
    );
    const [usualOs, usualArchitecture] = fitting ?? platforms[0] ?? DEFAULT_PLATFORM.split('/');
    return `${os ?? usualOs}/${architecture ?? usualArchitecture}`;
  };
};
