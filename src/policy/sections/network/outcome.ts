import type { NetworkSection } from '../../../api/policy.ts';
import { plural } from '../../../text/plural.ts';
import type { SectionOutcome } from '../../status/outcome.ts';
import type { ClusterFacts } from './context.ts';
import type { RenderedNetwork } from './render.ts';
import { allowsDns, unknownFacts } from './unknown-facts.ts';
import { isolatesNothing, withoutEffect } from './without-effect.ts';

/** Rules without effect that a message names. */
const MAX_NAMED = 10;

const named = (rules: readonly string[]): string[] => {
  const more = rules.length - MAX_NAMED;
  return more > 0 ? [...rules.slice(0, MAX_NAMED), `and ${more} more`] : [...rules];
};

/** The outcome when every NetworkPolicy exists as rendered. */
export const applied = (
  network: NetworkSection,
  { policies }: Pick<RenderedNetwork, 'policies'>,
  facts: ClusterFacts,
): SectionOutcome => {
  const nothing = isolatesNothing(network);
  if (nothing !== undefined) return { section: 'Network', state: 'Stalled', reason: 'SelectsNoPod', message: nothing };
  const count = plural(policies.length, 'NetworkPolicy', 'NetworkPolicies');
  const idle = withoutEffect(network);
  const unknown = unknownFacts(network, facts);
  const dns = allowsDns(network) && facts.dns.state !== 'Unknown' ? `; DNS: ${facts.dns.message}` : '';
  const verb = unknown.length === 0 ? '' : policies.length === 1 ? ' is' : ' are';
  const inForce = [`${count}${verb} in force`, ...unknown.map((fact) => fact.message)].join('. ');
  const message = [`${inForce}${dns}`, ...named(idle)].join('. ');
  const [first] = unknown;
  if (first !== undefined) return { section: 'Network', state: 'Waiting', reason: first.reason, message };
  return { section: 'Network', state: 'InForce', reason: idle.length > 0 ? 'RulesWithoutEffect' : 'Applied', message };
};
