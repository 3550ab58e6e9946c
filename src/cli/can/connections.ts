import { answer } from '../../reach/answer.ts';
import { policyNames, ruleNames } from '../../reach/naming.ts';
import type { Reach } from '../../reach/reach.ts';
import { serviceTargets, type Target, type Wanted } from '../../reach/service.ts';
import { type End, type Endpoint, isPod, type Verdict } from '../../reach/verdict.ts';
import { InputError } from '../errors.ts';
import type { Party } from './resolve.ts';

/** Connections that are allowed, or not, for the same reasons. */
export interface Group {
  /** Of one of them. */
  readonly verdict: Verdict;
  readonly connections: number;
}

/** Partly: some of the connections are allowed. */
export type Overall = 'Yes' | 'No' | 'Partly' | 'Unknown';

export interface Decision {
  readonly overall: Overall;
  /** The largest first. */
  readonly groups: readonly Group[];
  readonly connections: number;
  readonly allowed: number;
  readonly sources: number;
  /** Pods or addresses. */
  readonly destinations: number;
  readonly ports: number;
  /** What the destination lacks; or the connections that are not judged. */
  readonly problems: readonly string[];
}

const portKey = ({ traffic: { port, protocol } }: Target): string => `${port}/${protocol}`;

/** Where connections arrive, once for all sources. */
const targetsOf = (reach: Reach, { endpoints, service }: Party, wanted: Wanted) => {
  if (service !== undefined) return serviceTargets(service, wanted, reach.world);
  const found = endpoints.map((to) => answer(reach, to, to, wanted));
  return {
    targets: found.flatMap(({ verdicts }) => verdicts.map(({ to, traffic }): Target => ({ to, traffic }))),
    problems: found.flatMap(({ problems }) => problems),
  };
};

/** Pods that no policy can tell apart have one verdict, but for a pod and itself, and for the node of a pod. */
const verdicts = (reach: Reach) => {
  const known = new Map<string, Verdict>();
  const idOf = (end: Endpoint): string => (isPod(end) ? String(reach.classOf(end).index) : end.address);
  const relation = (from: Endpoint, to: Endpoint): string => {
    if (from === to) return 'itself';
    if (!isPod(to)) return '';
    if (!isPod(from)) return String(to.node);
    return from.hostNetwork ? `${from.node} ${to.node}` : '';
  };
  return (from: Endpoint, { to, traffic }: Target): Verdict => {
    const key = [idOf(from), idOf(to), relation(from, to), traffic.port, traffic.protocol].join('|');
    const verdict = known.get(key) ?? reach.verdict(from, to, traffic);
    known.set(key, verdict);
    return verdict;
  };
};

const endKey = ({ state, exemption, doubt, isolatedBy, allowedBy, mayAllow }: End): unknown => [
  ...[state, exemption, doubt, state === 'Allowed' ? ruleNames(allowedBy) : policyNames(isolatedBy)],
  state === 'Unknown' ? mayAllow.map((rule) => [ruleNames([rule]), rule.doubt]) : [],
];

const reasonKey = ({ allowed, traffic, egress, ingress }: Verdict): string =>
  JSON.stringify([allowed, traffic.port, traffic.protocol, endKey(egress), endKey(ingress)]);

const isSelf = (from: Endpoint, to: Endpoint): boolean => from === to && isPod(from) && from.state === 'Running';

interface Pair {
  readonly source: Endpoint;
  readonly target: Target;
}

/**
 * A pod without a workload is one, although it is only planned; of a workload, another pod like it counts. A pod that is
 * alone behind a Service reaches itself through it.
 */
const toItself = ({ source, target }: Pair, isOnePod: boolean): Pair => {
  if (!isPod(source) || source !== target.to) return { source, target };
  if (!isOnePod) return { source: { ...source }, target };
  if (source.workload !== undefined) return { source, target };
  const pod: Endpoint = { ...source, state: 'Running' };
  return { source: pod, target: { ...target, to: pod } };
};

const overallOf = (all: readonly Verdict[]): Overall => {
  const answers = new Set(all.map(({ allowed }) => allowed));
  if (answers.has('Yes') && answers.has('No')) return 'Partly';
  const [only] = answers;
  return answers.size === 1 && only !== undefined ? only : 'Unknown';
};

/** A namespace of a thousand pods and another one are a million connections. */
const MOST_CONNECTIONS = 1_000_000;

/** Whether the pods of the source may connect to those of the destination. @throws InputError */
export const decide = (reach: Reach, from: Party, to: Party, wanted: Wanted): Decision => {
  const sources = endpointsOf(reach, from);
  const { targets, problems } = targetsOf(reach, to, wanted);
  if (sources.length * targets.length > MOST_CONNECTIONS)
    throw new InputError([
      `${from.name} and ${to.name} are ${sources.length * targets.length} connections: name a workload, or a port`,
    ]);
  const pairs = sources.flatMap((source) => targets.map((target): Pair => ({ source, target })));
  // A pod of a Service reaches itself, which nobody asks about.
  const others = pairs.filter(({ source, target }) => !isSelf(source, target.to));
  const of = verdicts(reach);
  const isOnePod = from.isOnePod === true && (to.isOnePod === true || to.service !== undefined);
  const asked = (others.length > 0 ? others : pairs).map((pair) => toItself(pair, isOnePod));
  const all = asked.map(({ source, target }) => of(source, target));
  const groups = [...Map.groupBy(all, reasonKey).values()].map((same) => ({
    ...{ verdict: same[0]!, connections: same.length },
  }));
  return {
    ...{ overall: overallOf(all), groups: groups.sort((a, b) => b.connections - a.connections), problems },
    connections: all.length,
    allowed: all.filter(({ allowed }) => allowed === 'Yes').length,
    sources: sources.length,
    destinations: new Set(targets.map((target) => target.to)).size,
    ports: new Set(targets.map(portKey)).size,
  };
};

/** Of a Service, the pods behind it. */
const endpointsOf = (reach: Reach, { endpoints, service, name }: Party): readonly Endpoint[] => {
  if (service === undefined) return endpoints.map((endpoint) => reach.find(endpoint));
  const { targets, problems } = serviceTargets(service, {}, reach.world);
  const found = [...new Set(targets.map(({ to }) => to))];
  if (found.length === 0) throw new InputError([`${name} is no source: ${problems.join('; ')}`]);
  return found;
};
