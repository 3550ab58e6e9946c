import { isDeepStrictEqual } from 'node:util';
import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import type { ContainerSecurityPolicy } from '../../api/policy.ts';
import { NETWORK_POLICIES } from '../../kube/kinds.ts';
import { controllingPolicy } from '../../policy/children/owner.ts';
import { StalledError } from '../../policy/errors.ts';
import { reachPolicies } from '../../policy/sections/network/reach-policies.ts';
import { allowsDns } from '../../policy/sections/network/unknown-facts.ts';
import { toReachPolicy } from '../../reach/kubernetes-objects.ts';
import type { PolicyOrigin, ReachPolicy, RuleSource } from '../../reach/world.ts';
import { listedUpTo } from '../../text/listed.ts';
import type { Facts } from './facts.ts';
import { isOfKind, type KubernetesObject, pathOf } from './kubernetes-object.ts';

/** A ContainerSecurityPolicy, with the NetworkPolicies of it that the world has. */
export interface PolicyInWorld {
  readonly policy: ContainerSecurityPolicy;
  readonly networkPolicies: readonly ReachPolicy[];
}

/** Undefined: nothing is rendered; a text is the reason why the operator would refuse it. */
const rendered = ({ metadata, spec }: ContainerSecurityPolicy, facts: Facts): ReachPolicy[] | string => {
  try {
    return spec.network === undefined ? [] : reachPolicies(metadata, spec.network, facts.context);
  } catch (error) {
    if (error instanceof StalledError) return error.message;
    throw error;
  }
};

/** The sources of the rules of a NetworkPolicy in the cluster: those of the equal rules that the policy says now. */
const sourcesOf = (
  { name, spec }: ReachPolicy,
  list: 'ingress' | 'egress',
  wanted: ReachPolicy | undefined,
): (readonly RuleSource[])[] => {
  const known: readonly unknown[] = wanted?.spec[list] ?? [];
  return (spec[list] ?? []).map((rule, index) => {
    const same = known.findIndex((one) => isDeepStrictEqual(one, rule));
    return wanted?.origin?.[list][same] ?? [{ field: `${list}[${index}] of NetworkPolicy ${name}` }];
  });
};

/** A NetworkPolicy of the cluster, which the operator wrote: the cluster has the rules, and the policy their names. */
const withOrigin = (
  live: ReachPolicy,
  policy: string,
  wanted: ReachPolicy | undefined,
): ReachPolicy & { origin: PolicyOrigin } => ({
  ...live,
  origin: {
    ...{ namespace: live.namespace, name: policy },
    ...{ ingress: sourcesOf(live, 'ingress', wanted), egress: sourcesOf(live, 'egress', wanted) },
  },
});

interface FoundPolicies {
  /** Those of the files, and those that are in force in the cluster. */
  readonly policies: readonly PolicyInWorld[];
  /** Of other clients. */
  readonly foreign: readonly ReachPolicy[];
  readonly notes: readonly string[];
  /** Why the operator would refuse a policy of a file. */
  readonly problems: readonly { readonly policy: KubernetesObject; readonly message: string }[];
}

const asPolicy = (object: KubernetesObject): ContainerSecurityPolicy => object as unknown as ContainerSecurityPolicy;

/** @param isNew whether the object is of a file: then it counts as it would be in force */
export const findPolicies = (
  objects: readonly KubernetesObject[],
  isNew: (object: KubernetesObject) => boolean,
  facts: Facts,
): FoundPolicies => {
  const own = objects.filter((object) => isOfKind(object, CONTAINER_SECURITY_POLICY));
  const live = objects
    .filter((object) => isOfKind(object, NETWORK_POLICIES))
    .map((object) => ({ ...toReachPolicy(object as never), of: controllingPolicy(object)?.name }));
  const liveOf = Map.groupBy(live, ({ namespace, of }) => (of === undefined ? undefined : `${namespace}/${of}`));
  const problems: { policy: KubernetesObject; message: string }[] = [];
  const policies = own.map((object): PolicyInWorld => {
    const policy = asPolicy(object);
    const wanted = rendered(policy, facts);
    const inForce = liveOf.get(pathOf(object)) ?? [];
    liveOf.delete(pathOf(object));
    if (isNew(object)) {
      if (typeof wanted === 'string') problems.push({ policy: object, message: wanted });
      return { policy, networkPolicies: typeof wanted === 'string' ? [] : wanted };
    }
    const byName = new Map(typeof wanted === 'string' ? [] : wanted.map((one) => [one.name, one]));
    const networkPolicies = inForce.map(({ of: _, ...one }) =>
      withOrigin(one, policy.metadata.name, byName.get(one.name)),
    );
    return { policy, networkPolicies };
  });
  return {
    ...{ policies, problems },
    // A policy that nobody may read still has its name in what it owns.
    foreign: [...liveOf.values()]
      .flat()
      .map(({ of, ...one }) => (of === undefined ? one : withOrigin(one, of, undefined))),
    notes: notesOf(own, isNew, facts),
  };
};

const MOST_NAMED = 3;

/** One note for the policies of which it says the same. */
const notesOf = (
  own: readonly KubernetesObject[],
  isNew: (object: KubernetesObject) => boolean,
  facts: Facts,
): string[] => {
  const notes = own.flatMap((object) =>
    notesOn(asPolicy(object), isNew(object), facts).map((text) => ({ path: pathOf(object), text })),
  );
  return [...Map.groupBy(notes, ({ text }) => text)].map(([text, of]) => {
    const paths = of.map(({ path }) => path);
    return paths.length === 1
      ? `${CONTAINER_SECURITY_POLICY.kind} ${paths[0]}: ${text}`
      : `${paths.length} ContainerSecurityPolicies (${listedUpTo(MOST_NAMED, paths)}): ${text}`;
  });
};

const notesOn = ({ spec }: ContainerSecurityPolicy, isNew: boolean, facts: Facts): string[] => {
  if (spec.network === undefined) return [];
  if (!isNew) return spec.mode === 'Audit' ? ['mode is Audit, so the rules are not in force and do not count'] : [];
  const isDnsUnknown = facts.isDnsPartial && allowsDns(spec.network);
  return [
    ...(spec.mode === 'Audit' ? ['mode is Audit; the rules count as if mode were Enforce'] : []),
    ...(spec.suspend === true ? ['suspend is true; the rules count as if suspend were false'] : []),
    ...(spec.network.allow?.apiServer === true && facts.context.apiServer.length === 0
      ? ['the addresses of the API server are unknown, so allow.apiServer does not count: pass them with --api-server']
      : []),
    ...(isDnsUnknown
      ? [
          'the DNS Service of the cluster is unknown, so allow.dns counts with the DNS peers that are the same in most clusters: pass those of yours with --dns-peers',
        ]
      : []),
  ];
};
