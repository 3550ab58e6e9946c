import { parseAddress } from './address-block.ts';
import type { Reach } from './reach.ts';
import { podTargets, type Resolution, serviceTargets, type Wanted } from './service.ts';
import { type Answer, combine, type Endpoint, isPod, type Verdict } from './verdict.ts';
import type { ReachService } from './world.ts';

/** What a client connects to. */
export type Destination = Endpoint | { readonly service: ReachService };

export interface Answered {
  /** Yes and No when all verdicts say so; Unknown when they differ, when one is unknown, or when there is none. */
  readonly allowed: Answer;
  /** One for each pod or address, and port, that the destination stands for. */
  readonly verdicts: readonly Verdict[];
  /** The Service that the connection goes through. */
  readonly service?: ReachService;
  /** Why there is no verdict, or one is missing. */
  readonly problems: readonly string[];
}

const serviceAt = (reach: Reach, to: Destination): ReachService | undefined => {
  if ('service' in to) return to.service;
  if (isPod(to)) return undefined;
  const wanted = parseAddress(to.address)?.toString();
  return reach.world.services.find(({ clusterIPs = [] }) =>
    clusterIPs.some((address) => parseAddress(address)?.toString() === wanted),
  );
};

const isSame = (a: string, b: string): boolean => parseAddress(a)?.toString() === parseAddress(b)?.toString();

/** Where an address that is no pod's and no cluster IP leads to a Service, whose pods may see another source. */
const exposedAt = (reach: Reach, address: string, { port, protocol = 'TCP' }: Wanted): string | undefined => {
  const isNode = reach.isNodeAddress(address);
  for (const { namespace, name, ports, externalIPs = [] } of reach.world.services) {
    const isExternal = externalIPs.some((one) => isSame(one, address));
    const of = ports.find(
      (one) => one.protocol === protocol && ((isExternal && one.port === port) || (isNode && one.nodePort === port)),
    );
    if (of === undefined) continue;
    return `port ${port} of ${address} leads to Service ${namespace}/${name}, and its pods may see the address of a node in place of the source: name the Service, as in ${name}.${namespace}:${of.port}`;
  }
  return undefined;
};

const resolve = (reach: Reach, to: Endpoint, wanted: Wanted): Resolution => {
  const found = reach.find(to);
  if (isPod(found)) return podTargets(found, wanted);
  const { port, protocol = 'TCP' } = wanted;
  const exposed = exposedAt(reach, found.address, wanted);
  if (exposed !== undefined) return { targets: [], problems: [exposed] };
  if (typeof port === 'number') return { targets: [{ to, traffic: { port, protocol } }], problems: [] };
  return { targets: [], problems: [`${found.address} is no pod's address: name the port by its number`] };
};

/**
 * Whether a connection is allowed, where the destination may be a Service or its cluster IP, and the port a name.
 * @throws RangeError when an address is none
 */
export const answer = (reach: Reach, from: Endpoint, to: Destination, wanted: Wanted): Answered => {
  const service = serviceAt(reach, to);
  const { targets, problems } =
    service === undefined ? resolve(reach, to as Endpoint, wanted) : serviceTargets(service, wanted, reach.world);
  const verdicts = targets.map((target) => reach.verdict(from, target.to, target.traffic));
  return { allowed: together(verdicts), verdicts, ...(service && { service }), problems };
};

/** Some pods of a Service answer, and others do not: no single answer is right. */
const together = (verdicts: readonly Verdict[]): Answer => {
  const answers = verdicts.map(({ allowed }) => allowed);
  if (answers.length === 0 || new Set(answers).size > 1) return 'Unknown';
  return combine(...answers);
};
