import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import { listInPages } from '../../kube/cache/list-in-pages.ts';
import {
  CRON_JOBS,
  CUSTOM_RESOURCE_DEFINITIONS,
  DAEMON_SETS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  JOBS,
  NAMESPACES,
  NETWORK_POLICIES,
  NODES,
  PODS,
  REPLICA_SETS,
  ROLE_BINDINGS,
  SERVICES,
  STATEFUL_SETS,
} from '../../kube/kinds.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { KubeClient } from '../../kube/rest/client.ts';
import { ApiError } from '../../kube/rest/errors.ts';
import type { Resource } from '../../kube/rest/resource.ts';
import { listed } from '../../text/listed.ts';
import type { KubernetesObject } from './kubernetes-object.ts';

/** A kind that the user may not list in the whole cluster, so that more of it may exist. */
export interface Unread {
  readonly kind: string;
  /** The namespaces where the user may list it. */
  readonly read: readonly string[];
  /** Known namespaces where the user may not. */
  readonly missing: readonly string[];
  /** Of those that a command reads besides Namespaces and Nodes. */
  readonly clusterScoped?: true;
}

/** What the user of a kubeconfig may read of a cluster. */
export interface ClusterObjects {
  readonly objects: readonly KubernetesObject[];
  readonly unread: readonly Unread[];
}

const NAMESPACED: readonly Resource[] = [
  ...[PODS, SERVICES, ENDPOINT_SLICES, NETWORK_POLICIES, CONTAINER_SECURITY_POLICY],
  ...[DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS, REPLICA_SETS, JOBS, CRON_JOBS],
];

/** The kinds that a cluster is read for. */
export const READ_KINDS: readonly Resource[] = [NAMESPACES, NODES, ...NAMESPACED];

/** Without what no answer needs and takes most of the memory; of a Namespace, who set a label counts. */
const slim = (object: KubeObject): KubernetesObject => {
  if (object.kind === NAMESPACES.kind) return { ...object };
  const { managedFields: _, ...metadata } = object.metadata;
  const { spec } = object as { spec?: Record<string, unknown> };
  if (spec === undefined || object.kind !== CUSTOM_RESOURCE_DEFINITIONS.kind) return { ...object, metadata };
  const { versions: __, ...rest } = spec;
  return { ...object, metadata, spec: rest };
};

export type Lister = Pick<KubeClient, 'listPage'>;

/** @returns undefined without the right; nothing of a kind that the cluster does not know */
const list = async (
  client: Lister,
  resource: Resource,
  namespace?: string,
): Promise<KubernetesObject[] | undefined> => {
  try {
    return (await listInPages(client, resource, { namespace }, slim)).items;
  } catch (error) {
    if (error instanceof ApiError && error.code === 403) return undefined;
    if (error instanceof ApiError && error.code === 404) return [];
    throw error;
  }
};

/** In the whole cluster, or else in each of the namespaces. */
export const listWhereAllowed = async (
  client: Lister,
  resource: Resource,
  namespaces: readonly string[],
): Promise<ClusterObjects> => {
  const { kind } = resource;
  const everywhere = await list(client, resource);
  if (everywhere !== undefined) return { objects: everywhere, unread: [] };
  if (!resource.namespaced) return { objects: [], unread: [{ kind, read: [], missing: [], clusterScoped: true }] };
  const items = await Promise.all(namespaces.map((namespace) => list(client, resource, namespace)));
  const [read, missing] = [true, false].map((wanted) =>
    namespaces.filter((_, i) => (items[i] !== undefined) === wanted),
  );
  return { objects: items.flatMap((of) => of ?? []), unread: [{ kind, read: read!, missing: missing! }] };
};

/**
 * Reads the objects that decide who reaches whom.
 * @param namespaces to read when the user may neither read all of them nor list them
 * @param more kinds, which a command needs besides these
 */
export const readCluster = async (
  client: Lister,
  namespaces: readonly string[],
  more: readonly Resource[] = [],
): Promise<ClusterObjects> => {
  const [found, nodes] = await Promise.all([list(client, NAMESPACES), list(client, NODES)]);
  const names = found?.map(({ metadata }) => metadata.name) ?? [...new Set(namespaces)];
  // Of a cluster whose namespaces nobody may list, the missing ones are not these alone.
  const unreadOf = (one: Unread): Unread => (found === undefined ? { ...one, missing: [] } : one);
  const kinds = [...NAMESPACED, ...more];
  const parts = await Promise.all(kinds.map((resource) => listWhereAllowed(client, resource, names)));
  return {
    objects: [...(found ?? []), ...(nodes ?? []), ...parts.flatMap(({ objects }) => objects)],
    unread: [
      ...(found === undefined ? [{ kind: NAMESPACES.kind, read: [], missing: [] }] : []),
      ...(nodes === undefined ? [{ kind: NODES.kind, read: [], missing: [] }] : []),
      ...parts.flatMap(({ unread }) => unread).map(unreadOf),
    ],
  };
};

/** @param namespace absent: anywhere */
export const isUnread = (unread: readonly Unread[], kind: string, namespace?: string): boolean =>
  unread.some((one) => one.kind === kind && (namespace === undefined || !one.read.includes(namespace)));

const CURE = 'ask for ClusterRole view in a ClusterRoleBinding';
/** ClusterRole view does not have them. */
const OUTSIDE_VIEW: readonly string[] = [ROLE_BINDINGS.kind];
const MOST_SHOWN = 5;

const bounded = (names: readonly string[]): string =>
  listed(names.length > MOST_SHOWN ? [...names.slice(0, MOST_SHOWN), `${names.length - MOST_SHOWN} others`] : names);

const whereOf = ({ read, missing }: Unread): string => {
  if (read.length === 0) return 'of any namespace';
  return missing.length > 0 ? `of ${bounded(missing)}` : `of namespaces other than ${bounded(read)}`;
};

const pluralOf = (kind: string): string => {
  if (kind.endsWith('y')) return `${kind.slice(0, -1)}ies`;
  return kind.endsWith('s') ? `${kind}es` : `${kind}s`;
};

const ALWAYS_READ: readonly string[] = [NAMESPACES.kind, NODES.kind];

/** A sentence for each kind. */
export const describeUnread = (unread: readonly Unread[]): string[] =>
  unread.map((one) => {
    const isEverywhere = one.clusterScoped === true || ALWAYS_READ.includes(one.kind);
    const isOutsideView = one.clusterScoped === true || OUTSIDE_VIEW.includes(one.kind);
    const what = `${pluralOf(one.kind)}${isEverywhere ? '' : ` ${whereOf(one)}`}`;
    return `you may not list ${what}, so they are unknown: ${isOutsideView ? 'ask for the verb list on them' : CURE}`;
  });
