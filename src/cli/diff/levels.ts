import type { ContainerSecurityPolicy } from '../../api/policy.ts';
import { claimsOf } from '../../policy/sections/podsecurity/claims.ts';
import { byStrictness, type Claim } from '../../policy/sections/podsecurity/decide.ts';
import { describeStandard, isAtLeast } from '../../policy/sections/podsecurity/level.ts';
import { describeProblem } from '../../policy/sections/podsecurity/problem.ts';
import { plural } from '../../text/plural.ts';
import type { Checked } from '../world/ask-violations.ts';
import type { Difference } from './difference.ts';

/** The strictest level that the policies of a namespace request. */
interface LevelChange {
  readonly namespace: string;
  readonly was?: Claim;
  readonly is?: Claim;
}

const strictest = (policies: readonly ContainerSecurityPolicy[]): ReadonlyMap<string, Claim> =>
  new Map(
    [...Map.groupBy(policies, ({ metadata }) => metadata.namespace)].flatMap(([namespace, inside]) => {
      const [claim] = byStrictness(inside.flatMap((policy) => claimsOf(policy)));
      return claim === undefined ? [] : [[namespace, claim] as const];
    }),
  );

export const levelChanges = (
  before: readonly ContainerSecurityPolicy[],
  after: readonly ContainerSecurityPolicy[],
): LevelChange[] => {
  const [was, is] = [strictest(before), strictest(after)];
  return [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((namespace): LevelChange[] => {
    const [old, now] = [was.get(namespace), is.get(namespace)];
    if (old && now && describeStandard(old) === describeStandard(now) && old.onViolation === now.onViolation) return [];
    return [{ namespace, ...(old && { was: old }), ...(now && { is: now }) }];
  });
};

/** Whether existing pods may violate the new level and did not count before. */
export const isRaised = ({ was, is }: LevelChange): boolean =>
  is !== undefined && is.level !== 'privileged' && (was === undefined || !isAtLeast(was, is));

const consequence = (namespace: string, claim: Claim, checked: Checked): string => {
  if ('pods' in checked) {
    const problem = describeProblem(namespace, claim, checked);
    if (problem !== undefined) return problem.message;
    const incomplete = checked.incomplete === undefined ? '' : `; ${checked.incomplete}`;
    if (checked.pods === 0) return `no existing pod violates it${incomplete}`;
    const who = `${plural(checked.pods, 'existing pod')} ${checked.pods === 1 ? 'violates' : 'violate'} it`;
    const waits = claim.onViolation === 'Wait' ? ', so it is not enforced before no pod does' : '';
    return `${who}${waits}: ${checked.groups.join('; ')}${incomplete}`;
  }
  return `whether existing pods violate it is unknown: ${checked.unknown}`;
};

const describe = (claim: Claim | undefined): string =>
  claim === undefined ? 'no level' : `${describeStandard(claim)} (onViolation ${claim.onViolation})`;

/** @param checked by namespace, of the changes that raise the level */
export const describeLevels = (changes: readonly LevelChange[], checked: ReadonlyMap<string, Checked>): Difference[] =>
  changes.map((change): Difference => {
    const { namespace, was, is } = change;
    const of = { area: 'podSecurity', change: was === undefined ? 'Added' : is ? 'Changed' : 'Removed' } as const;
    const head = `policies of namespace ${namespace} request ${describe(is)}; before: ${describe(was)}`;
    const answer = isRaised(change) ? checked.get(namespace) : undefined;
    if (is === undefined || answer === undefined) return { ...of, message: head };
    const isKnown = 'pods' in answer;
    return {
      ...of,
      ...(!isKnown && { change: 'Unknown' }),
      message: `${head}; ${consequence(namespace, is, answer)}`,
    };
  });
