import { relative } from 'node:path';
import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import type { NetworkSection, PolicyName } from '../../api/policy.ts';
import { NETWORK_POLICIES, PODS } from '../../kube/kinds.ts';
import { isolatesNothing, withoutEffect } from '../../policy/sections/network/without-effect.ts';
import { Findings } from '../../reach/findings/find.ts';
import { FINDING_REASONS, type FindingReason } from '../../reach/findings/reasons.ts';
import { Reach } from '../../reach/reach.ts';
import { InputError } from '../errors.ts';
import { locate, type Position } from '../input/locate.ts';
import type { LoadedWorld } from '../world/build-world.ts';
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

const NETWORK: Path = ['spec', 'network'];

/** `ingress[1] "web calls api"` and `spec.network.allow.ingress[1].from[0] …` are at that rule. */
const pathOf = (text: string | undefined): Path => {
  const [, field, index] =
    /^(?:spec\.network\.allow\.)?(ingress|egress|dns|sameNamespace|apiServer)(?:\[(\d+)\])?/.exec(text ?? '') ?? [];
  if (field === undefined) return NETWORK;
  return [...NETWORK, 'allow', field, ...(index === undefined ? [] : [Number(index)])];
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

/** Why findings about a policy would be guesses. */
export const unknownsOf = ({ world, unread, cluster }: LoadedWorld, { namespace, name }: PolicyName): string[] => {
  const what = `${CONTAINER_SECURITY_POLICY.kind} ${namespace}/${name}`;
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

/** All findings about the policies of the files. @throws InputError when they have none */
export const check = (loaded: LoadedWorld): Checked => {
  const own = loaded.policies.filter(({ manifest }) => manifest !== undefined);
  if (own.length === 0)
    throw new InputError([`the files have no ${CONTAINER_SECURITY_POLICY.kind}: name one with --filename`]);
  const findings = new Findings(new Reach(loaded.world));
  const found = own.flatMap(({ policy: { metadata, spec }, manifest }): LocatedFinding[] => {
    const { network } = spec;
    if (network === undefined) return [];
    const { namespace, name } = metadata;
    const of = { policy: { namespace, name } };
    const contradictory = contradictions(network).map((message) => ({
      ...{ ...of, reason: CONTRADICTION, message },
      ...placeOf(manifest!, pathOf(message)),
    }));
    const others = findings
      .of({ namespace, name, network })
      .map((finding) => ({ ...of, ...finding, ...placeOf(manifest!, pathOf(finding.rule)) }));
    // A rule that can select nothing selects nothing here, either.
    const isSaid = ({ reason, line }: LocatedFinding): boolean =>
      reason === 'SelectsNoPod' && contradictory.some((one) => one.line === line);
    return [...contradictory, ...others.filter((one) => !isSaid(one))];
  });
  const named = own.filter(({ policy }) => policy.spec.network !== undefined);
  return {
    ...{ findings: found, policies: own.length },
    unknowns: named.flatMap(({ policy }) => unknownsOf(loaded, policy.metadata)),
  };
};
