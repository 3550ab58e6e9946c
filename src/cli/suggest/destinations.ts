import type { Port } from '../../api/policy.ts';
import { toCidr } from '../../policy/sections/network/cidr.ts';
import { serviceTargets, type Target, type Wanted } from '../../reach/service.ts';
import { isPod } from '../../reach/verdict.ts';
import type { ReachService, ServicePort } from '../../reach/world.ts';
import type { Party } from './evidence/evidence.ts';
import type { Scene } from './scene.ts';

/** An end of connections, and the ports of its pods. */
export interface Destination {
  readonly to: Party;
  readonly ports: readonly Port[];
}

export interface Behind {
  readonly destinations: readonly Destination[];
  /** Why there are none, or not as many as expected. */
  readonly problems: readonly string[];
}

export const toPort = ({ port, protocol }: { port: number | string; protocol: string }): Port => ({
  port,
  ...(protocol !== 'TCP' && { protocol: protocol as 'UDP' | 'SCTP' }),
});

const partyOf = (scene: Scene, { to }: Target): Party | undefined => {
  if (!isPod(to)) return { type: 'Network', cidr: toCidr(to.address) };
  const workload = scene.workloadOf(to);
  return workload && { type: 'Workload', workload };
};

const keyOf = (party: Party): unknown => (party.type === 'Workload' ? party.workload : JSON.stringify(party));

const isWanted = ({ port: wanted, protocol }: Wanted, port: ServicePort): boolean =>
  (wanted === undefined || wanted === port.port || wanted === port.name) &&
  (protocol === undefined || protocol === port.protocol);

/** Its pods are in a namespace that the world does not show: their labels and ports are those that it says. */
const unseen = ({ namespace, selector, ports }: ReachService, wanted: Wanted): Behind => {
  const found = ports
    .filter((port) => isWanted(wanted, port))
    .map(({ port, targetPort = port, protocol }) => toPort({ port: targetPort, protocol }));
  const to: Party = { type: 'Selected', namespace, labels: selector! };
  return { destinations: found.length === 0 ? [] : [{ to, ports: found }], problems: [] };
};

/** allow.apiServer is for it, and follows its addresses. */
export const isApiServer = ({ namespace, name }: { namespace: string; name: string }): boolean =>
  namespace === 'default' && name === 'kubernetes';

/** Where connections to a port of a Service arrive. */
export const behind = (scene: Scene, service: ReachService, wanted: Wanted): Behind => {
  const hasSelector = Object.keys(service.selector ?? {}).length > 0;
  const { targets, problems } = serviceTargets(service, wanted, scene.world);
  if (targets.length === 0 && hasSelector && !scene.knowsPodsOf(service.namespace)) return unseen(service, wanted);
  const found = targets.flatMap((target) => {
    const to = partyOf(scene, target);
    return to === undefined ? [] : [{ to, port: toPort(target.traffic) }];
  });
  const groups = [...Map.groupBy(found, ({ to }) => keyOf(to)).values()];
  return {
    destinations: groups.map((of) => ({ to: of[0]!.to, ports: of.map(({ port }) => port) })),
    problems,
  };
};
