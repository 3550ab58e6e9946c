import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import type { Store } from '../../kube/cache/store.ts';
import type { ReachPod, ReachPolicy, WorkloadRef, World } from '../../reach/world.ts';
import type { PolicyCaches } from '../caches.ts';
import type { CachedChild } from '../children/cached-child.ts';
import { controllingPolicy } from '../children/owner.ts';
import type { PodFacts, WorkloadFacts } from './facts.ts';

/** What the world of the operator is made of. */
export interface WorldCaches extends Pick<PolicyCaches, 'namespaces' | 'services'> {
  readonly children: Pick<PolicyCaches['children'], 'NetworkPolicy'>;
  readonly pods: Pick<Store<PodFacts>, 'list' | 'subscribe'>;
  /** By kind. */
  readonly workloads: Readonly<Record<string, Pick<Store<WorkloadFacts>, 'get' | 'list' | 'subscribe'>>>;
}

export interface OperatorWorld {
  readonly world: World;
  /** Equal worlds have equal ones, but for what no warning depends on. */
  readonly digest: string;
  /** Names of NetworkPolicies that are too large to be kept, by namespace. */
  readonly large: ReadonlyMap<string, string>;
}

/** Pods that the event loop handles at once. */
const SLICE = 500;

/** A rule that the cache does not keep allows everything: so no connection is called denied that may be allowed. */
const rulesOf = <Rule>(rules: readonly Rule[]): Rule[] => (Array.isArray(rules) ? rules : [{} as Rule]);

const isKept = (field: unknown): boolean => !(typeof field === 'object' && field !== null && 'sha256' in field);

const toReachPolicy = (child: CachedChild): ReachPolicy & { readonly isLarge: boolean } => {
  const { namespace = '', name } = child.metadata;
  const spec = child.spec as NetworkPolicySpec | undefined;
  const { podSelector = {}, ingress, egress, policyTypes } = spec ?? {};
  const owner = controllingPolicy(child);
  return {
    ...{ namespace, name },
    spec: {
      podSelector: isKept(podSelector) ? podSelector : {},
      ...(policyTypes && { policyTypes }),
      ...(ingress && { ingress: rulesOf(ingress) }),
      ...(egress && { egress: rulesOf(egress) }),
    },
    // Warnings name the policy, not its rules.
    ...(owner && { origin: { namespace, name: owner.name, ingress: [], egress: [] } }),
    isLarge: spec === undefined || ![spec, podSelector, ingress, egress].every(isKept),
  };
};

/** Of a Job the CronJob. */
const rootOf = ({ namespace, workload }: ReachPod, { workloads }: WorldCaches): WorkloadRef | undefined =>
  workload && (workloads[workload.kind]?.get(`${namespace}/${workload.name}`)?.owner ?? workload);

const workloadKey = (namespace: string, { kind, name }: WorkloadRef): string => `${kind} ${namespace}/${name}`;

/** Pods of one key differ in nothing that a warning depends on. */
const keyOf = ({ name, addresses: _, node: __, ...pod }: ReachPod): string =>
  JSON.stringify(pod.workload === undefined ? { ...pod, name } : pod);

/** One pod of each kind: replicas are many, and one shows what all of them may do. */
const podsOf = async (caches: WorldCaches): Promise<Map<string, ReachPod>> => {
  const kinds = new Map<string, ReachPod>();
  const alive = new Set<string>();
  for (const [n, { reach }] of caches.pods.list().entries()) {
    if (n % SLICE === SLICE - 1) await setImmediate();
    const workload = rootOf(reach, caches);
    const pod: ReachPod = { ...reach, ...(workload && { workload }) };
    if (workload && pod.state !== 'Finished') alive.add(workloadKey(pod.namespace, workload));
    const key = keyOf(pod);
    const known = kinds.get(key);
    if (known === undefined || (known.addresses === undefined && pod.addresses !== undefined)) kinds.set(key, pod);
  }
  for (const store of Object.values(caches.workloads)) {
    for (const { planned, owner } of store.list()) {
      if (planned === undefined || owner !== undefined) continue;
      if (!alive.has(workloadKey(planned.namespace, planned.workload!))) kinds.set(keyOf(planned), planned);
    }
    await setImmediate();
  }
  return kinds;
};

const digestOf = (texts: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const text of texts.toSorted()) hash.update(text).update('\n');
  return hash.digest('hex');
};

/**
 * The cluster as the operator sees it, without what no warning depends on, as EndpointSlices and nodes. It does not block the
 * event loop, so that what changes meanwhile may be in it or not.
 * @param isWhole whether the operator watches every namespace
 */
export const buildWorld = async (caches: WorldCaches, isWhole: boolean): Promise<OperatorWorld> => {
  const pods = await podsOf(caches);
  const stored = caches.children.NetworkPolicy.list();
  const policies = stored.map(toReachPolicy);
  await setImmediate();
  const namespaces = caches.namespaces.list().map(({ metadata: { name, labels = {} } }) => ({ name, labels }));
  const services = caches.services.list().map(({ reach }) => reach);
  const large = policies.filter(({ isLarge }) => isLarge).map(({ namespace, name }) => [namespace, name] as const);
  const world: World = {
    ...{ namespaces, services, slices: [], pods: [...pods.values()] },
    policies: policies.map(({ isLarge: _, ...policy }) => policy),
    ...(!isWhole && { partial: 'Readable' as const }),
  };
  const versions = stored.map(({ metadata }) => `${metadata.uid} ${metadata.resourceVersion}`);
  const texts = [...pods.keys(), ...versions, ...[...namespaces, ...services].map((one) => JSON.stringify(one))];
  return { world, digest: digestOf(texts), large: new Map(large) };
};
