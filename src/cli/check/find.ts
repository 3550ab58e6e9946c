import { relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import type { ContainerSecurityPolicy, NetworkSection, PolicyName } from '../../api/policy.ts';
import { NETWORK_POLICIES, PODS } from '../../kube/kinds.ts';
import { StalledError } from '../../policy/errors.ts';
import { reachPolicies, replaceRules } from '../../policy/sections/network/reach-policies.ts';
import { isolatesNothing, withoutEffect } from '../../policy/sections/network/without-effect.ts';
import { Findings } from '../../reach/findings/find.ts';
import { FINDING_REASONS, type FindingReason } from '../../reach/findings/reasons.ts';
import { Reach } from '../../reach/reach.ts';
import type { World } from '../../reach/world.ts';
import { InputError } from '../errors.ts';
import { locate, type Position } from '../input/locate.ts';
import type { LoadedWorld, WorldPolicy } from '../world/build-world.ts';
import { isUnread } from '../world/from-cluster.ts';
import type { Manifest } from '../world/manifests.ts';

/** Of findings that need no world: no pod can have the labels that the policy selects. */
export const CONTRADICTION = 'SelectorContradiction' as const;

export type CheckReason = FindingReason | typeof CONTRADICTION;

/** Every reason with its meaning, gravest first. */
export const CHECK_REASONS: Readonly<Record<CheckReason, string>> = {
  [CONTRADICTION]: 'selectors contradict each other, so that a rule or the policy selects nothing',
  ...FINDING_REASONS,
};

/** A finding, and the rule in the file. */
export interface LocatedFinding extends Position {
  readonly policy: PolicyName;
  /** Relative to the working directory where it is in it. */
  readonly file: string;
  readonly reason: CheckReason;
  readonly rule?: string;
  readonly message: string;
}

export interface Checked {
  readonly findings: readonly LocatedFinding[];
  /** Policies that were checked. */
  readonly policies: number;
  /** What could not be checked, with the cause and the cure. */
  readonly unknowns: readonly string[];
}

type Path = readonly (string | number)[];

/** Network rules of a policy, and where it has them. */
interface Rules {
  readonly at: 'spec' | 'spec.proposed';
  readonly network: NetworkSection;
}

/** `ingress[1] "web calls api"` and `spec.network.allow.ingress[1].from[0] …` are at that rule. */
const pathOf = ({ at }: Rules, text: string | undefined): Path => {
  const section: Path = [...at.split('.'), 'network'];
  const [, field, index] =
    /^(?:spec\.network\.allow\.)?(ingress|egress|dns|sameNamespace|apiServer)(?:\[(\d+)\])?/.exec(text ?? '') ?? [];
  if (field === undefined) return section;
  return [...section, 'allow', field, ...(index === undefined ? [] : [Number(index)])];
};

const fileOf = (file: string): string => {
  const inside = relative('', file);
  return inside.startsWith('..') || file === 'stdin' ? file : inside;
};

const placeOf = ({ source, document, path }: Manifest, field: Path): Position & { file: string } => ({
  file: fileOf(source.file),
  ...locate(source.text, document, [...path, ...field]),
});

const contradictions = (network: NetworkSection): string[] =>
  [isolatesNothing(network) ?? withoutEffect(network)].flat();

const nameOf = ({ namespace, name }: PolicyName): string => `${CONTAINER_SECURITY_POLICY.kind} ${namespace}/${name}`;

/** Why findings about a policy would be guesses. */
export const unknownsOf = ({ world, unread, cluster }: LoadedWorld, { namespace, name }: PolicyName): string[] => {
  const what = nameOf({ namespace, name });
  const hasPods = world.pods.some((pod) => pod.namespace === namespace);
  if (cluster === undefined)
    return hasPods
      ? []
      : [
          `${what}: the files have no workload of namespace ${namespace}, so it is unknown what its rules select: add the manifests to --filename, or pass --cluster`,
        ];
  return [PODS.kind, NETWORK_POLICIES.kind]
    .filter((kind) => isUnread(unread, kind, namespace))
    .map(
      (kind) =>
        `${what}: you may not list ${kind === PODS.kind ? 'Pods' : 'NetworkPolicies'} of namespace ${namespace}: ask for ClusterRole view there`,
    );
};

/** A proposal that leaves the rules as they are has the same findings. */
const rulesOf = ({ spec: { network, proposed } }: ContainerSecurityPolicy): Rules[] => [
  ...(network === undefined ? [] : [{ at: 'spec', network } as const]),
  ...(proposed?.network === undefined || isDeepStrictEqual(proposed.network, network)
    ? []
    : [{ at: 'spec.proposed', network: proposed.network } as const]),
];

/** The world in which a policy has other rules. @throws StalledError as reachPolicies */
const withRules = ({ world, context }: LoadedWorld, policy: PolicyName, network: NetworkSection): World => ({
  ...world,
  policies: replaceRules(world.policies, policy, reachPolicies(policy, network, context)),
});

/** The findings about rules of a policy; those of a proposal say so. */
const findingsOf = (
  findings: Findings,
  { policy: { metadata }, manifest }: WorldPolicy & { readonly manifest: Manifest },
  rules: Rules,
): LocatedFinding[] => {
  const { namespace, name } = metadata;
  const { at, network } = rules;
  const found = [
    ...contradictions(network).map((message) => ({ reason: CONTRADICTION, message, path: pathOf(rules, message) })),
    ...findings.of({ namespace, name, network }).map((one) => ({ ...one, path: pathOf(rules, one.rule) })),
  ];
  const located = found.map(({ path, ...finding }: (typeof found)[number] & { readonly rule?: string }) => {
    const rule = at === 'spec' ? finding.rule : [at, ...(finding.rule === undefined ? [] : [finding.rule])].join(': ');
    return {
      ...{
        policy: { namespace, name },
        ...finding,
        message: finding.message.replace(/^spec\.network/, `${at}.network`),
      },
      ...{ ...(rule !== undefined && { rule }), ...placeOf(manifest, path) },
    };
  });
  // A rule that can select nothing selects nothing here, either.
  const contradictory = new Set(located.filter(({ reason }) => reason === CONTRADICTION).map(({ line }) => line));
  return located.filter(({ reason, line }) => reason !== 'SelectsNoPod' || !contradictory.has(line));
};

/** All findings about the policies of the files. @throws InputError when they have none */
export const check = (loaded: LoadedWorld): Checked => {
  const own = loaded.policies.flatMap(({ manifest, ...policy }) =>
    manifest === undefined ? [] : [{ ...policy, manifest }],
  );
  if (own.length === 0)
    throw new InputError([`the files have no ${CONTAINER_SECURITY_POLICY.kind}: name one with --filename`]);
  const inForce = new Findings(new Reach(loaded.world));
  const unknowns: string[] = [];
  const found = own.flatMap((one): LocatedFinding[] => {
    const { policy } = one;
    const all = rulesOf(policy);
    if (all.length > 0) unknowns.push(...unknownsOf(loaded, policy.metadata));
    return all.flatMap((rules) => {
      if (rules.at === 'spec') return findingsOf(inForce, one, rules);
      try {
        const proposed = new Reach(withRules(loaded, policy.metadata, rules.network));
        return findingsOf(new Findings(proposed), one, rules);
      } catch (error) {
        if (!(error instanceof StalledError)) throw error;
        unknowns.push(`${nameOf(policy.metadata)}: ${rules.at}: ${error.message}`);
        return [];
      }
    });
  });
  return { findings: found, policies: own.length, unknowns };
};
