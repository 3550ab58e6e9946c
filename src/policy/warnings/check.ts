import type { NetworkSection, PolicyName } from '../../api/policy.ts';
import { Findings } from '../../reach/findings/find.ts';
import { Reach } from '../../reach/reach.ts';
import type { World } from '../../reach/world.ts';
import { wouldLose } from '../../reach/would-lose.ts';
import { StalledError } from '../errors.ts';
import type { NetworkContext } from '../sections/network/context.ts';
import { reachPolicies } from '../sections/network/reach-policies.ts';
import { type Checked, type PreviewWarnings, toWarnings, toWouldLose, unchecked } from '../status/warnings.ts';

/** A policy and the rules of it that are checked. */
export interface PolicyToCheck extends PolicyName {
  readonly uid: string;
  /** In force. */
  readonly network?: NetworkSection;
  /** The section that is previewed in place of it; null: none would be left. */
  readonly previewed?: NetworkSection | null;
}

export interface CheckInput {
  readonly world: World;
  readonly context: NetworkContext;
  readonly policies: readonly PolicyToCheck[];
}

export type CheckResult = readonly [uid: string, checked: Checked];

/** The world in which a policy has other rules. @throws StalledError */
const worldWith = ({ world, context }: CheckInput, policy: PolicyToCheck): World => {
  const { namespace, name, previewed } = policy;
  const isOurs = ({ origin }: World['policies'][number]) => origin?.namespace === namespace && origin.name === name;
  const rendered = previewed ? reachPolicies(policy, previewed, context) : [];
  return { ...world, policies: [...world.policies.filter((one) => !isOurs(one)), ...rendered] };
};

const preview = (input: CheckInput, policy: PolicyToCheck, before: Reach): PreviewWarnings => {
  if (policy.previewed === undefined) return {};
  try {
    const after = new Reach(worldWith(input, policy));
    const network = policy.previewed;
    const findings = network === null ? [] : new Findings(after).of({ ...policy, network });
    return { ...toWarnings(findings), ...toWouldLose(wouldLose(before, after, policy.namespace)) };
  } catch (error) {
    // The preview itself says why the rules cannot be rendered.
    if (error instanceof StalledError) return { unchecked: error.message };
    throw error;
  }
};

/** An error of one policy must not keep those of others unchecked. */
const checkOne = (input: CheckInput, policy: PolicyToCheck, reach: Reach, findings: Findings): Checked => {
  const { network } = policy;
  try {
    const inForce = network === undefined ? {} : toWarnings(findings.of({ ...policy, network }));
    return { network: inForce, preview: preview(input, policy, reach) };
  } catch (error) {
    return unchecked(`the check failed: ${(error as Error).message}; please report it`);
  }
};

/** Checks the rules of policies against the world, one policy after the other. */
export function* check(input: CheckInput): Generator<CheckResult> {
  const reach = new Reach(input.world);
  const findings = new Findings(reach);
  for (const policy of input.policies) {
    yield [policy.uid, checkOne(input, policy, reach, findings)];
  }
}
