import { isDeepStrictEqual } from 'node:util';
import ipaddr from 'ipaddr.js';
import type { Peer, Port, Selector } from '../../api/policy.ts';
import { protocolOf } from './destinations.ts';
import type { Finding } from './finding.ts';
import { isNarrow, type Rule } from './rules.ts';
import type { Scene } from './scene.ts';

/** No selector and an empty one are the same. */
const sameSelector = (a: Selector | undefined, b: Selector | undefined): boolean =>
  isNarrow(a) || isNarrow(b) ? isDeepStrictEqual(a, b) : true;

const hasPods = (wide: Rule, narrow: Rule): boolean => !isNarrow(wide.pods) || sameSelector(wide.pods, narrow.pods);

/** Whether a network has every address of another one. What it leaves out, the other must leave out, too. */
const hasAddresses = (wide: Peer, narrow: Peer): boolean => {
  if (wide.cidr === undefined || narrow.cidr === undefined) return false;
  if (!ipaddr.isValidCIDR(wide.cidr) || !ipaddr.isValidCIDR(narrow.cidr)) return false;
  const [[base, bits], [other, otherBits]] = [ipaddr.parseCIDR(wide.cidr), ipaddr.parseCIDR(narrow.cidr)];
  const isInside = base.kind() === other.kind() && bits <= otherBits && other.match(base, bits);
  return isInside && (wide.except ?? []).every((one) => narrow.except?.includes(one) ?? false);
};

const hasPeer = (wide: Peer, narrow: Peer): boolean => {
  if (wide.anywhere === true) return true;
  if (isDeepStrictEqual(wide, narrow) || hasAddresses(wide, narrow)) return true;
  const isInNamespaces =
    wide.namespaces !== undefined && (narrow.namespaces?.every((name) => wide.namespaces?.includes(name)) ?? false);
  return isInNamespaces && (!isNarrow(wide.pods) || sameSelector(wide.pods, narrow.pods));
};

const hasPort = (wide: Port, narrow: Port): boolean => {
  if (protocolOf(wide) !== protocolOf(narrow)) return false;
  if (wide.port === undefined || wide.port === narrow.port)
    return (wide.endPort ?? 0) >= (narrow.endPort ?? 0) || wide.port === undefined;
  if (typeof wide.port !== 'number' || typeof narrow.port !== 'number') return false;
  return wide.port <= narrow.port && (narrow.endPort ?? narrow.port) <= (wide.endPort ?? wide.port);
};

const hasPorts = (wide: Rule, narrow: Rule): boolean =>
  wide.ports === undefined ||
  (narrow.ports?.every((port) => wide.ports?.some((one) => hasPort(one, port)) ?? false) ?? false);

const isOwnNamespace = ({ cidr, anywhere, namespaces, namespaceSelector }: Peer, own: string): boolean =>
  cidr === undefined &&
  anywhere !== true &&
  namespaceSelector === undefined &&
  (namespaces?.every((name) => name === own) ?? true);

/** Pods without a namespace are in the policy's own. */
const located = (peer: Peer, namespace: string): Peer =>
  isOwnNamespace(peer, namespace) ? { ...peer, namespaces: [namespace] } : peer;

const covers = (wide: Rule, narrow: Rule, namespace: string): boolean =>
  wide.direction === narrow.direction &&
  hasPods(wide, narrow) &&
  narrow.peers.every((peer) => wide.peers.some((one) => hasPeer(located(one, namespace), located(peer, namespace)))) &&
  hasPorts(wide, narrow);

/** Rules that add nothing, since another one allows the same and perhaps more. */
export const ruleWithoutEffect = ({ rules, policy }: Scene): Finding[] =>
  rules.flatMap((rule, n): Finding[] => {
    const sameNamespace =
      policy.network.allow?.sameNamespace === true &&
      rule.peers.every((peer) => isOwnNamespace(peer, policy.namespace));
    // Of two equal rules the first stays.
    const other = rules.find(
      (one, m) => m !== n && covers(one, rule, policy.namespace) && (m < n || !covers(rule, one, policy.namespace)),
    );
    const by = sameNamespace ? 'sameNamespace' : other?.name;
    if (by === undefined) return [];
    const message = `allows nothing more, since ${by} allows all of it: remove the rule, or correct the other one`;
    return [{ reason: 'RuleWithoutEffect', rule: rule.name, message }];
  });
