import { explainVerdict } from '../../reach/explain-verdict.ts';
import { endpointName, policyNames, ruleNames } from '../../reach/naming.ts';
import type { Reach } from '../../reach/reach.ts';
import { isHeadless, targetPort, type Wanted } from '../../reach/service.ts';
import { type End, type Endpoint, isPod } from '../../reach/verdict.ts';
import { plural } from '../../text/plural.ts';
import type { Decision, Group, Overall } from './connections.ts';
import { nearMisses } from './near-misses.ts';
import type { Party } from './resolve.ts';

/** A decision with the names that the user wrote. */
export interface Answer {
  readonly from: Party;
  readonly to: Party;
  readonly wanted: Wanted;
  readonly decision: Decision;
  readonly reach: Reach;
  /** Why a yes is unknown all the same: NetworkPolicies that the user may not list. */
  readonly unreadPolicies: readonly string[];
  /** Why any answer is: pods that the user may not list. */
  readonly unreadPods: readonly string[];
}

export const overallOf = ({ decision: { overall }, unreadPolicies, unreadPods }: Answer): Overall =>
  unreadPods.length > 0 || (unreadPolicies.length > 0 && overall !== 'No') ? 'Unknown' : overall;

const VERBS: Readonly<Record<Exclude<Overall, 'Partly'>, string>> = {
  Yes: 'can connect to',
  No: 'cannot connect to',
  Unknown: 'may or may not be able to connect to',
};

const portText = ({ port, protocol }: Wanted): string =>
  port === undefined ? '' : ` at port ${port}${protocol === undefined ? '' : `/${protocol}`}`;

/** `2 of 3 pods of Deployment shop/web can connect to Service data/db at port 5432` */
const partly = ({ from, to, wanted, decision }: Answer): string => {
  const { allowed, connections, sources, destinations, ports } = decision;
  const at = portText(wanted);
  if (ports === 1 && destinations === 1)
    return `${allowed} of ${plural(sources, 'pod')} of ${from.name} can connect to ${to.name}${at}`;
  if (ports === 1 && sources === 1)
    return `${from.name} can connect to ${allowed} of ${plural(destinations, 'pod')} of ${to.name}${at}`;
  if (sources === 1 && destinations === 1)
    return `${from.name} can connect to ${allowed} of ${plural(ports, 'port')} of ${to.name}`;
  return `${allowed} of ${plural(connections, 'connection')} from ${from.name} to ${to.name}${at} are allowed`;
};

export const summaryOf = (answer: Answer): string => {
  const overall = overallOf(answer);
  if (overall === 'Partly') return partly(answer);
  const { from, to, wanted } = answer;
  return `${from.name} ${VERBS[overall]} ${to.name}${portText(wanted)}`;
};

/** `Service shop/api maps port 80 to port 3000 of its pods` */
const mapping = ({ to: { service, name }, decision: { groups } }: Answer): string[] => {
  if (service === undefined || isHeadless(service)) return [];
  const mapped = service.ports.flatMap((servicePort) => {
    const reached = groups.find(({ verdict: { to, traffic } }) => {
      const port = isPod(to) ? targetPort(servicePort, to) : undefined;
      return port === traffic.port && servicePort.protocol === traffic.protocol && port !== servicePort.port;
    });
    return reached ? [`${name} maps port ${servicePort.port} to port ${reached.verdict.traffic.port} of its pods`] : [];
  });
  return mapped;
};

const heading = ({ verdict, connections }: Group, isOnly: boolean): string[] => {
  const { summary } = explainVerdict(verdict);
  if (isOnly && connections === 1) return [];
  const more = connections === 1 ? '' : `, and ${connections - 1} more like it`;
  return [`${summary}${more}:`];
};

const MOST_GROUPS = 10;

/** The answer on a terminal: the first word is the answer, and then both ends. */
export const answerText = (answer: Answer): string => {
  const { decision, reach, unreadPolicies, unreadPods } = answer;
  const { groups, problems } = decision;
  const shown = groups.slice(0, MOST_GROUPS);
  const lines = shown.flatMap((group) => {
    const { egress, ingress } = explainVerdict(group.verdict);
    const near = nearMisses(reach, group.verdict);
    return [
      ...heading(group, groups.length === 1),
      ...[`  ${egress}`, ...near.egress.map((line) => `    ${line}`)],
      ...[`  ${ingress}`, ...near.ingress.map((line) => `    ${line}`)],
    ];
  });
  const left = groups.length > shown.length ? [`${groups.length - shown.length} more reasons: -o json has all`] : [];
  const all = [
    `${overallOf(answer).toLowerCase()}: ${summaryOf(answer)}`,
    ...mapping(answer).map((line) => `  ${line}`),
    ...[...lines, ...left],
    ...[...new Set(problems)].slice(0, MOST_GROUPS).map((problem) => `  ${problem}`),
    ...[...unreadPods, ...unreadPolicies].map((unknown) => `  unknown: ${unknown}`),
  ];
  return `${all.join('\n')}\n`;
};

const endpointJson = (endpoint: Endpoint): object => {
  if (!isPod(endpoint)) return { address: endpoint.address };
  const { namespace, name, workload } = endpoint;
  return { namespace, name, title: endpointName(endpoint), ...(workload && { workload }) };
};

const endJson = ({ state, isolatedBy, allowedBy, mayAllow }: End, text: string, near: readonly string[]): object => ({
  ...{ state, reason: text.replace(/^\w+: /, ''), isolatedBy: policyNames(isolatedBy) },
  ...{ allowedBy: ruleNames(allowedBy), mayAllow: ruleNames(mayAllow), nearMisses: near },
});

/** The answer for programs. */
export const answerJson = (answer: Answer, notes: readonly string[]): string => {
  const { from, to, wanted, decision, reach, unreadPolicies, unreadPods } = answer;
  const { connections, allowed, groups, problems } = decision;
  const json = {
    ...{
      answer: overallOf(answer).toLowerCase(),
      summary: summaryOf(answer),
      source: from.name,
      destination: to.name,
      ...wanted,
    },
    ...{ connections, allowedConnections: allowed },
    reasons: groups.map(({ verdict, connections: same }) => {
      const explained = explainVerdict(verdict);
      const near = nearMisses(reach, verdict);
      return {
        ...{ answer: verdict.allowed.toLowerCase(), connections: same, ...verdict.traffic },
        example: { from: endpointJson(verdict.from), to: endpointJson(verdict.to) },
        egress: endJson(verdict.egress, explained.egress, near.egress),
        ingress: endJson(verdict.ingress, explained.ingress, near.ingress),
      };
    }),
    ...{ problems: [...new Set(problems)], unknowns: [...unreadPods, ...unreadPolicies], notes },
  };
  return `${JSON.stringify(json, null, 2)}\n`;
};
