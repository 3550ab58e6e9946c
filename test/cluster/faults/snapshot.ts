import { CONTAINER_SECURITY_POLICY, IMAGE_SCAN } from '../../../src/api/group.ts';
import type { ContainerSecurityPolicy } from '../../../src/api/policy.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { KINDS } from '../../harness/install.ts';
import type { Palisade } from '../../harness/palisade.ts';

type Any = KubeObject & Record<string, unknown>;

const GENERATED = [KINDS.NetworkPolicy, KINDS.Role, KINDS.RoleBinding, IMAGE_SCAN];

const contentOf = ({ apiVersion: _, metadata, status: __, ...content }: Any): object => ({
  ...content,
  name: metadata.name,
  owners: metadata.ownerReferences?.map(({ kind, name }) => `${kind} ${name}`),
  labels: metadata.labels,
});

const verdictOf = ({ metadata, status }: ContainerSecurityPolicy): object => ({
  policy: metadata.name,
  finalizers: metadata.finalizers,
  observed: status?.observedGeneration === metadata.generation,
  conditions: status?.conditions?.map((c) => [
    c.type,
    c.status,
    c.reason,
    c.observedGeneration === metadata.generation,
  ]),
});

/** All that policies made of a namespace and what they say of it, but for what is another in each namespace. */
export const snapshot = async (palisade: Palisade, namespace: string): Promise<string[]> => {
  const children = await Promise.all(GENERATED.map((kind) => palisade.list<Any>(kind, namespace)));
  const policies = await palisade.list<ContainerSecurityPolicy>(CONTAINER_SECURITY_POLICY, namespace);
  const { metadata } = await palisade.admin.get<KubeObject>(KINDS.Namespace, namespace);
  const things = [...children.flat().map(contentOf), ...policies.map(verdictOf), { labels: metadata.labels }];
  return things.map((thing) => JSON.stringify(thing).replaceAll(namespace, 'NAMESPACE')).sort();
};

/** Whether the garbage collector has removed all leftovers of deleted policies from a namespace. */
export const isCollected = async (palisade: Palisade, namespace: string): Promise<boolean> => {
  const children = await Promise.all(GENERATED.map((kind) => palisade.list(kind, namespace)));
  const policies = await palisade.list(CONTAINER_SECURITY_POLICY, namespace);
  const there = new Set(policies.map(({ metadata }) => metadata.uid));
  const owners = children.flat().flatMap(({ metadata }) => metadata.ownerReferences ?? []);
  return owners.every(({ kind, uid }) => kind === 'Namespace' || there.has(uid));
};
