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

/** The platform of most nodes; of equally many the first by name. `linux/amd64` without a known node. */
export const usualPlatform = (nodes: readonly CachedNode[]): string => {
  const groups = Map.groupBy(
    nodes.flatMap(({ platform }) => platform ?? []),
    (platform) => platform,
  );
  const [most] = [...groups].sort(([a, as], [b, bs]) => bs.length - as.length || (a < b ? -1 : 1));
  return most?.[0] ?? DEFAULT_PLATFORM;
};
