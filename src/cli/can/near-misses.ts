import type { NetworkPolicyPort } from 'kubernetes-types/networking/v1.js';
import type { Direction } from '../../api/policy.ts';
import type { CompiledRule, RuleRef } from '../../reach/compiled-policy.ts';
import { ruleNames } from '../../reach/naming.ts';
import type { Reach } from '../../reach/reach.ts';
import { isPod, type Verdict } from '../../reach/verdict.ts';
import { listed } from '../../text/listed.ts';

const portText = ({ port, endPort, protocol = 'TCP' }: NetworkPolicyPort): string => {
  if (port === undefined) return `every ${protocol} port`;
  return `${port}${endPort === undefined ? '' : `-${endPort}`}/${protocol}`;
};

const portsOf = ({ policy, direction, index }: RuleRef): readonly NetworkPolicyPort[] => {
  const rule = direction === 'Ingress' ? policy.spec.ingress?.[index] : policy.spec.egress?.[index];
  return rule?.ports ?? [];
};

const MOST_PORTS = 5;

const describe = ({ ref }: CompiledRule): string => {
  const ports = portsOf(ref).map(portText);
  const shown =
    ports.length > MOST_PORTS ? [...ports.slice(0, MOST_PORTS), `${ports.length - MOST_PORTS} more`] : ports;
  return `${ruleNames([ref]).join()} allows it at ${listed(shown)} only`;
};

/** The rules that name the right peer of an end that is denied, and other ports. */
const ofEnd = (reach: Reach, { from, to, egress, ingress }: Verdict, direction: Direction): string[] => {
  const [end, of, peer] = direction === 'Egress' ? [egress, from, to] : [ingress, to, from];
  if (end.state !== 'Denied' || !isPod(of) || !isPod(peer)) return [];
  const other = reach.classOf(peer);
  const rules = reach.isolating(reach.classOf(of), direction).flatMap((policy) => policy.rules);
  return rules.filter((rule) => rule.peers(other) === true).map(describe);
};

/** Why a connection is nearly allowed, of each end: most such rules have the port of a Service. */
export const nearMisses = (
  reach: Reach,
  verdict: Verdict,
): Readonly<Record<'egress' | 'ingress', readonly string[]>> => ({
  egress: [...new Set(ofEnd(reach, verdict, 'Egress'))],
  ingress: [...new Set(ofEnd(reach, verdict, 'Ingress'))],
});
