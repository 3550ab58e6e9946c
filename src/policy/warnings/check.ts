import type { NetworkSection, PolicyName } from '../../api/policy.ts';
import { Findings } from '../../reach/findings/find.ts';
import { Reach } from '../../reach/reach.ts';
import type { ReachPolicy, World } from '../../reach/world.ts';
import { WouldLose } from '../../reach/would-lose.ts';
import { StalledError } from '../errors.ts';
import type { NetworkContext } from '../sections/network/context.ts';
import { reachPolicies, replaceRules } from '../sections/network/reach-policies.ts';
import {
  type Checked,
  type PreviewWarnings,
  toWarnings,
  toWouldLose,
  unchecked,
  type Warnings,
} from '../status/warnings.ts';

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

/** The NetworkPolicies of the previewed rules; a text: why they cannot be rendered. */
type Rendered = readonly ReachPolicy[] | string;

const render = (policy: PolicyToCheck, context: NetworkContext): Rendered => {
  try {
    return policy.previewed ? reachPolicies(policy, policy.previewed, context) : [];
  } catch (error) {
    // The preview itself says why the rules cannot be rendered.
    if (error instanceof StalledError) return error.message;
    throw error;
  }
};

/** What all policies are checked with: the world is indexed once for all of them. */
class Checker {
  readonly #reach: Reach;
  readonly #findings: Findings;
  readonly #rendered: ReadonlyMap<string, Rendered>;
  #wouldLose: WouldLose | undefined;

  constructor({ world, context, policies }: CheckInput) {
    const previewed = policies.filter((policy) => policy.previewed !== undefined);
    this.#rendered = new Map(previewed.map((policy) => [policy.uid, render(policy, context)]));
    const others = [...this.#rendered.values()].filter((rendered) => typeof rendered !== 'string');
    this.#reach = new Reach(world, others.flat());
    this.#findings = new Findings(this.#reach);
  }

  inForce(policy: PolicyToCheck): Warnings {
    const { network } = policy;
    return network === undefined ? {} : toWarnings(this.#findings.of({ ...policy, network }));
  }

  preview(policy: PolicyToCheck): PreviewWarnings {
    const rendered = this.#rendered.get(policy.uid);
    if (rendered === undefined) return {};
    if (typeof rendered === 'string') return { unchecked: rendered };
    const { namespace, previewed: network } = policy;
    const after = this.#reach.with(replaceRules(this.#reach.world.policies, policy, rendered));
    const findings = network ? this.#findings.with(after).of({ ...policy, network }) : [];
    this.#wouldLose ??= new WouldLose(this.#reach);
    return { ...toWarnings(findings), ...toWouldLose(this.#wouldLose.in(namespace, after)) };
  }
}

/** An error of one policy must not keep those of others unchecked. */
const checkOne = (policy: PolicyToCheck, checker: Checker): Checked => {
  try {
    return { network: checker.inForce(policy), preview: checker.preview(policy) };
  } catch (error) {
    return unchecked(`the check failed: ${(error as Error).message}; please report it`);
  }
};

/** Checks the rules of policies against the world, one policy after the other. */
export function* check(input: CheckInput): Generator<CheckResult> {
  const checker = new Checker(input);
  for (const policy of input.policies) yield [policy.uid, checkOne(policy, checker)];
}
