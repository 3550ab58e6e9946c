import type { NetworkSection } from '../../../api/policy.ts';
import { plural } from '../../../text/plural.ts';
import type { SectionOutcome } from '../../status/outcome.ts';
import type { RenderedNetwork } from './render.ts';
import { isolatesNothing, withoutEffect } from './without-effect.ts';

/** Rules without effect that a message names. */
const MAX_NAMED = 10;

const API_SERVER_UNKNOWN =
  'without allow.apiServer: Service default/kubernetes has no ready endpoint, so traffic to the API server is not allowed until it has one';

const named = (rules: readonly string[]): string[] => {
  const more = rules.length - MAX_NAMED;
  return more > 0 ? [...rules.slice(0, MAX_NAMED), `and ${more} more`] : [...rules];
};

/** The outcome when every NetworkPolicy exists as rendered. */
export const applied = (network: NetworkSection, rendered: RenderedNetwork): SectionOutcome => {
  const nothing = isolatesNothing(network);
  if (nothing !== undefined) return { section: 'Network', state: 'Stalled', reason: 'SelectsNoPod', message: nothing };
  const count = plural(rendered.policies.length, 'NetworkPolicy', 'NetworkPolicies');
  const idle = withoutEffect(network);
  const message = [
    `${count} in force${rendered.apiServerUnknown ? `, ${API_SERVER_UNKNOWN}` : ''}`,
    ...named(idle),
  ].join('. ');
  if (rendered.apiServerUnknown) return { section: 'Network', state: 'Waiting', reason: 'ApiServerUnknown', message };
  return { section: 'Network', state: 'InForce', reason: idle.length > 0 ? 'RulesWithoutEffect' : 'Applied', message };
};
