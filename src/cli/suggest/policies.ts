import { CONTAINER_SECURITY_POLICY, GROUP, VERSION } from '../../api/group.ts';
import type { NetworkSection, Selector } from '../../api/policy.ts';
import { StalledError } from '../../policy/errors.ts';
import { renderNetwork } from '../../policy/sections/network/render.ts';
import { listed } from '../../text/listed.ts';
import { InputError } from '../errors.ts';
import { type ApiClient, type Connection, type Evidence, type Gap, together } from './evidence/evidence.ts';
import { SOURCES } from './evidence/list.ts';
import { inParts, type Rules, rulesOf } from './rules.ts';
import type { Scene } from './scene.ts';
import { type Selected, selectorsOf, sharedSelector } from './selectors.ts';
import { unclaimed } from './unclaimed.ts';
import type { Workload } from './workloads.ts';

/** A policy, and what it does not say. */
export interface Suggested {
  readonly policy: SuggestedPolicy;
  readonly gaps: readonly Gap[];
  /** Why, where the policy has no rule that could say it. */
  readonly reasons: readonly string[];
}

export interface SuggestedPolicy {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly mode: 'Audit'; readonly network: NetworkSection };
}

/** Of the schema. */
const MOST_RULES = 64;
const NAME = 'suggested';

const policyOf = (namespace: string, name: string, network: NetworkSection): SuggestedPolicy => ({
  ...{ apiVersion: `${GROUP}/${VERSION}`, kind: CONTAINER_SECURITY_POLICY.kind },
  ...{ metadata: { name, namespace }, spec: { mode: 'Audit', network } },
});

interface Existing {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec?: { readonly mode?: string };
}

/** A name that replaces no policy in force. */
const freeName = (scene: Scene): string => {
  const used = scene
    .objectsOf<Existing>(CONTAINER_SECURITY_POLICY)
    .filter(({ metadata, spec }) => metadata.namespace === scene.namespace && spec?.mode !== 'Audit')
    .map(({ metadata }) => metadata.name);
  const isFree = (name: string): boolean => !used.some((one) => one === name || one.startsWith(`${name}-`));
  let name = NAME;
  for (let n = 2; !isFree(name); n += 1) name = `${NAME}-${n}`;
  return name;
};

/** Several, when the rules are more than one policy may have: policies add up. */
const networksOf = ({ ingress, egress }: Rules, apiServer: boolean): NetworkSection[] => {
  const [incoming, outgoing] = [inParts(ingress, MOST_RULES), inParts(egress, MOST_RULES)];
  return Array.from(
    { length: Math.max(1, incoming.length, outgoing.length) },
    (_, n): NetworkSection => ({
      isolate: ['Ingress', 'Egress'],
      allow: {
        dns: true,
        ...(apiServer && { apiServer }),
        ...(incoming[n] && { ingress: incoming[n] }),
        ...(outgoing[n] && { egress: outgoing[n] }),
      },
    }),
  );
};

const distinct = (selectors: readonly Selector[]): Selector[] => [
  ...new Map(selectors.map((selector) => [JSON.stringify(selector), selector])).values(),
];

/** allow.apiServer is for all pods of a policy: those that need it have one of their own, unless all do. */
const apiPolicies = (
  scene: Scene,
  name: string,
  clients: readonly ApiClient[],
  selectors: ReadonlyMap<Workload, Selected>,
): Suggested[] => {
  const workloads = [...new Set(clients.map(({ workload }) => workload))];
  const shared = sharedSelector(
    workloads,
    scene.own.filter((one) => !workloads.includes(one)),
  );
  const all = shared ? [shared] : distinct(workloads.map((workload) => selectors.get(workload)!.selector));
  return all.map((podSelector, n) => ({
    policy: policyOf(scene.namespace, `${name}-api-server${n === 0 ? '' : `-${n + 1}`}`, {
      ...{ podSelector, isolate: ['Egress'], allow: { dns: true, apiServer: true } },
    }),
    gaps: [],
    reasons: n === 0 ? reasonsOf(clients) : [],
  }));
};

const reasonsOf = (clients: readonly ApiClient[]): string[] => [
  ...new Set(clients.map(({ why }) => `API server: ${why}`)),
];

const hasRule = (workload: Workload, connections: readonly Connection[]): boolean =>
  connections.some((one) =>
    [one.from, one.to].some((party) => party.type === 'Workload' && party.workload === workload),
  );

const twinGaps = (
  scene: Scene,
  selectors: ReadonlyMap<Workload, Selected>,
  connections: readonly Connection[],
): Gap[] =>
  scene.own.flatMap((workload) => {
    const { twins = [] } = selectors.get(workload) ?? {};
    if (twins.length === 0 || !hasRule(workload, connections)) return [];
    const others = listed(twins.map((twin) => scene.nameOf(twin)));
    return [
      {
        text: `the labels of ${scene.nameOf(workload)} select the pods of ${others} too, so its rules are theirs as well: give it a label of its own`,
      },
    ];
  });

const unlabeledGaps = (scene: Scene): Gap[] =>
  scene.own
    .filter(({ labels, hostNetwork }) => Object.keys(labels).length === 0 && !hostNetwork)
    .map((workload) => ({
      text: `${scene.nameOf(workload)} has no label that lasts, so its rules are for all pods without those of others: give it a label of its own`,
    }));

const assembled = (scene: Scene, { connections, gaps, apiClients }: Evidence, disjoint: boolean): Suggested[] => {
  const selectors = selectorsOf(scene.workloads, disjoint);
  const rules = rulesOf(scene, connections, selectors);
  const name = freeName(scene);
  const clients = apiClients.filter(({ workload }) => workload.namespace === scene.namespace && !workload.hostNetwork);
  const isOfAll = scene.own.every((one) => one.hostNetwork || clients.some(({ workload }) => workload === one));
  const own = clients.length > 0 && !isOfAll ? apiPolicies(scene, name, clients, selectors) : [];
  const all = [
    ...gaps,
    ...rules.gaps,
    ...unclaimed(scene, connections),
    ...twinGaps(scene, selectors, connections),
    ...unlabeledGaps(scene),
  ];
  const networks = networksOf(rules, clients.length > 0 && isOfAll);
  return [
    ...networks.map((network, n) => ({
      policy: policyOf(scene.namespace, n === 0 ? name : `${name}-${n + 1}`, network),
      gaps: n === 0 ? all : [],
      reasons: n === 0 && isOfAll ? reasonsOf(clients) : [],
    })),
    ...own,
  ];
};

/** Why the operator would refuse one of the policies. */
const refusal = (suggested: readonly Suggested[]): string | undefined => {
  try {
    for (const { policy } of suggested)
      renderNetwork(policy.metadata, policy.spec.network, { dnsPeers: [], apiServer: [] });
    return undefined;
  } catch (error) {
    if (error instanceof StalledError) return error.message;
    throw error;
  }
};

const withoutRefusal = (scene: Scene, evidence: Evidence): Suggested[] => {
  const natural = assembled(scene, evidence, false);
  if (refusal(natural) === undefined) return natural;
  const separated = assembled(scene, evidence, true);
  const message = refusal(separated);
  if (message === undefined) return separated;
  throw new InputError([
    `namespace ${scene.namespace}: its workloads need more NetworkPolicies than one policy may have: ${message}`,
  ]);
};

/**
 * Policies for what runs in the namespace.
 * @param observe finds what else was observed than these allow
 * @throws InputError when the operator would refuse them
 */
export const suggestPolicies = (scene: Scene, observe?: (suggested: readonly Suggested[]) => Evidence): Suggested[] => {
  const declared = together(SOURCES.map((source) => source(scene)));
  const suggested = withoutRefusal(scene, declared);
  return observe === undefined ? suggested : withoutRefusal(scene, together([declared, observe(suggested)]));
};
