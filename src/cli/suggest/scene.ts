import type { ApiServerEndpoint } from '../../policy/sections/network/context.ts';
import type { ReachPod, ReachService, World } from '../../reach/world.ts';
import { compareText } from '../../text/compare-text.ts';
import type { LoadedWorld } from '../world/build-world.ts';
import { isUnread, type Unread } from '../world/from-cluster.ts';
import { isOfKind, type KubernetesObject, pathOf } from '../world/kubernetes-object.ts';
import { type Workload, workloadsOf } from './workloads.ts';

interface Kind {
  readonly kind: string;
  readonly group: string;
}

/** A namespace, and the world that it is in. */
export class Scene {
  readonly namespace: string;
  readonly world: World;
  /** Of every namespace, in order. */
  readonly workloads: readonly Workload[];
  /** Its addresses; empty: unknown. */
  readonly apiServer: readonly ApiServerEndpoint[];
  readonly unread: readonly Unread[];
  /** There is no cluster, so that what no file has is unknown. */
  readonly hasFilesOnly: boolean;
  readonly #objects: readonly KubernetesObject[];
  readonly #ofPod: ReadonlyMap<ReachPod, Workload>;
  readonly #services: ReadonlyMap<string, ReachService>;

  constructor(
    { world, objects, unread, cluster }: Pick<LoadedWorld, 'world' | 'objects' | 'unread' | 'cluster'>,
    namespace: string,
    apiServer: readonly ApiServerEndpoint[],
  ) {
    this.namespace = namespace;
    this.world = world;
    this.apiServer = apiServer;
    this.unread = unread;
    this.hasFilesOnly = cluster === undefined;
    this.#objects = objects.toSorted((a, b) => compareText(pathOf(a), pathOf(b)));
    this.workloads = workloadsOf({ objects, world });
    this.#ofPod = new Map(this.workloads.flatMap((one) => one.pods.map((pod) => [pod, one] as const)));
    this.#services = new Map(world.services.map((one) => [`${one.namespace}/${one.name}`, one]));
  }

  /** In the order of their names. */
  objectsOf<T = KubernetesObject>(...kinds: readonly Kind[]): readonly T[] {
    return this.#objects.filter((object) => kinds.some((kind) => isOfKind(object, kind))) as unknown as T[];
  }

  get own(): readonly Workload[] {
    return this.workloads.filter(({ namespace }) => namespace === this.namespace);
  }

  workloadOf(pod: ReachPod): Workload | undefined {
    return this.#ofPod.get(pod);
  }

  service(namespace: string, name: string): ReachService | undefined {
    return this.#services.get(`${namespace}/${name}`);
  }

  /** Of the namespace, in the order of their names. */
  get services(): readonly ReachService[] {
    return this.world.services
      .filter(({ namespace }) => namespace === this.namespace)
      .toSorted((a, b) => compareText(a.name, b.name));
  }

  /** Whether the world has all pods of a namespace. */
  knowsPodsOf(namespace: string): boolean {
    if (this.world.pods.some((pod) => pod.namespace === namespace)) return true;
    const found = this.world.namespaces.find(({ name }) => name === namespace);
    return found === undefined ? this.world.partial === undefined : found.podsUnknown !== true;
  }

  /** Whether the user may not list all objects of a kind there. @param namespace absent: anywhere */
  isUnread({ kind }: Kind, namespace?: string): boolean {
    return isUnread(this.unread, kind, namespace);
  }

  /** `Deployment web`, and `Deployment data/db` for one of another namespace. */
  nameOf({ namespace, kind, name }: { namespace: string; kind: string; name: string }): string {
    return `${kind} ${namespace === this.namespace ? '' : `${namespace}/`}${name}`;
  }
}
