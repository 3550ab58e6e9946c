import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import { FINALIZER } from '../../../src/api/keys.ts';
import type { ContainerSecurityPolicy, NetworkSection } from '../../../src/api/policy.ts';
import { compareResourceVersions } from '../../../src/kube/cache/resource-version.ts';
import type { KubeClient, WatchEvent } from '../../../src/kube/rest/client.ts';
import type { Resource } from '../../../src/kube/rest/resource.ts';
import type { NetworkContext } from '../../../src/policy/sections/network/context.ts';
import { KINDS } from '../../harness/install.ts';
import type { NetworkPolicy } from '../../harness/palisade.ts';
import {
  DIRECTIONS,
  type Effect,
  EVERYTHING,
  effectOf,
  isSubset,
  PODS,
  type Reach,
  reachBySpec,
  reachUnder,
} from '../../policy/sections/network/semantics.ts';

type Seen = Exclude<WatchEvent, { type: 'ERROR' }>;

/** The history of the policies and the NetworkPolicies of a namespace, in the order of the API server. */
export class FlowRecorder {
  readonly #events: Seen[] = [];
  readonly #stop = new AbortController();
  readonly #watches: Promise<void>[] = [];

  /** The namespace has none of either yet. */
  static async start(admin: KubeClient, namespace: string): Promise<FlowRecorder> {
    const recorder = new FlowRecorder();
    for (const resource of [CONTAINER_SECURITY_POLICY, KINDS.NetworkPolicy]) {
      const { metadata } = await admin.list(resource, { namespace });
      recorder.#watches.push(recorder.#watch(admin, resource, namespace, metadata.resourceVersion));
    }
    return recorder;
  }

  async #watch(admin: KubeClient, resource: Resource, namespace: string, resourceVersion: string): Promise<void> {
    const { signal } = this.#stop;
    // Bookmarks keep a watch open where nothing happens for minutes.
    const options = { namespace, resourceVersion, signal, allowWatchBookmarks: true, timeoutSeconds: 3600 };
    try {
      for await (const event of admin.watch(resource, options)) {
        if (event.type === 'ERROR') throw new Error(JSON.stringify(event.object));
        if (event.type !== 'BOOKMARK') this.#events.push(event);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    if (!signal.aborted) throw new Error(`the watch of ${resource.plural} ended`);
  }

  /** The number of states of its NetworkPolicies so far. */
  get states(): number {
    return this.#events.filter(({ object }) => object.kind === KINDS.NetworkPolicy.kind).length;
  }

  /** @throws when a watch broke, for then something is missing */
  async stop(): Promise<readonly Seen[]> {
    this.#stop.abort();
    await Promise.all(this.#watches);
    return this.#events.toSorted((a, b) =>
      compareResourceVersions(a.object.metadata.resourceVersion ?? '', b.object.metadata.resourceVersion ?? ''),
    );
  }
}

const ANYTHING: Reach = DIRECTIONS.flatMap(() => PODS.map(() => EVERYTHING));

const effects = new WeakMap<NetworkPolicySpec, Effect>();
const effect = (spec: NetworkPolicySpec): Effect => {
  const known = effects.get(spec) ?? effectOf(spec);
  effects.set(spec, known);
  return known;
};

const where = (index: number): string =>
  `${DIRECTIONS[Math.floor(index / PODS.length)]} of ${JSON.stringify(PODS[index % PODS.length])}`;

const isSettled = ({ metadata, status }: ContainerSecurityPolicy): boolean =>
  status?.observedGeneration === metadata.generation &&
  status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') === true;

/** What is in force in one namespace with one policy: everything that is allowed between what was and what is to be. */
class Namespace {
  readonly #live = new Map<string, NetworkPolicy>();
  /** Of what was in force last, and of everything that was asked for since. */
  #ends: Reach[] = [ANYTHING];
  #generation = '';
  /** UIDs of policies that were gone while our finalizer held them: https://github.com/kubernetes/kubernetes/issues/77988 */
  readonly #unheld = new Set<string>();
  /** UIDs of the NetworkPolicies of these. */
  readonly #left = new Set<string>();
  readonly #context: NetworkContext;

  constructor(context: NetworkContext) {
    this.#context = context;
  }

  #reachOf(section: NetworkSection | undefined): Reach {
    return section === undefined ? ANYTHING : reachBySpec(section, this.#context);
  }

  policy({ type, object }: Seen): void {
    const policy = object as unknown as ContainerSecurityPolicy;
    const { uid, generation, deletionTimestamp, finalizers = [] } = policy.metadata;
    const goes = deletionTimestamp !== undefined || type === 'DELETED';
    const wanted = goes ? ANYTHING : this.#reachOf(policy.spec.network);
    const change = `${uid} ${generation} ${goes}`;
    if (change !== this.#generation) this.#ends.push(wanted);
    this.#generation = change;
    // One that we released still shows the finalizer in its last state, and that it was being deleted.
    const unheld = type === 'DELETED' && deletionTimestamp === undefined && finalizers.includes(FINALIZER);
    if (unheld) this.#unheld.add(uid);
    for (const its of this.#live.values()) this.#noteLeft(its);
    if (type === 'DELETED' || (!goes && isSettled(policy))) this.#ends = [wanted];
  }

  /** The garbage collector takes only the reference from one with a second owner, and the operator deletes it later. */
  #noteLeft({ metadata }: NetworkPolicy): void {
    if (metadata.ownerReferences?.some(({ uid }) => this.#unheld.has(uid))) this.#left.add(metadata.uid);
  }

  /** @returns the current violations */
  networkPolicy({ type, object }: Seen): string | undefined {
    const policy = object as unknown as NetworkPolicy;
    const { metadata } = policy;
    if (type === 'DELETED') this.#live.delete(metadata.name);
    else this.#live.set(metadata.name, policy);
    if (type !== 'DELETED') this.#noteLeft(policy);
    const live = [...this.#live.values()];
    // The garbage collector and the operator take them in any order.
    if (live.some((its) => this.#left.has(its.metadata.uid))) return undefined;
    const reach = reachUnder(live.map(({ spec }) => effect(spec as NetworkPolicySpec)));
    const all = ANYTHING.map((_, i) => this.#ends.reduce((a, end) => a & (end[i] ?? 0n), EVERYTHING));
    const any = ANYTHING.map((_, i) => this.#ends.reduce((a, end) => a | (end[i] ?? 0n), 0n));
    const cut = reach.findIndex((flows, i) => !isSubset(all[i] ?? 0n, flows));
    const open = reach.findIndex((flows, i) => !isSubset(flows, any[i] ?? 0n));
    const at = `${type} ${metadata.name} (${metadata.resourceVersion})`;
    if (cut >= 0) return `${at} cuts what old and new policy allow: ${where(cut)}`;
    return open < 0 ? undefined : `${at} opens what neither allows: ${where(open)}`;
  }
}

export interface Judged {
  /** States of the namespace that were checked. */
  readonly states: number;
  /** Where a flow was cut that old and new policy allow, or let through that both refuse. */
  readonly wrong: readonly string[];
}

/** @param events of a namespace with one policy at a time. It counts as settled when its status says Ready. */
export const judgeFlows = (events: readonly Seen[], context: NetworkContext): Judged => {
  const namespace = new Namespace(context);
  const wrong: string[] = [];
  let states = 0;
  for (const event of events) {
    if (event.object.kind === CONTAINER_SECURITY_POLICY.kind) namespace.policy(event);
    else {
      states += 1;
      const what = namespace.networkPolicy(event);
      if (what !== undefined) wrong.push(what);
    }
  }
  return { states, wrong };
};
