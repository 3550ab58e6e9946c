import { toCidr } from '../../policy/sections/network/cidr.ts';
import type { NetworkContext } from '../../policy/sections/network/context.ts';
import { reachPolicies } from '../../policy/sections/network/reach-policies.ts';
import { endpointName } from '../../reach/naming.ts';
import { portText } from '../../reach/ports.ts';
import { Reach } from '../../reach/reach.ts';
import { type End, type Endpoint, isPod } from '../../reach/verdict.ts';
import { plural } from '../../text/plural.ts';
import { Identifier, type Reading } from '../flows/identify.ts';
import type { ObservedConnection, ObservedEnd } from '../flows/observed.ts';
import { describeUnreadable, type Flows } from '../flows/read-flows.ts';
import type { LoadedWorld } from '../world/build-world.ts';
import { toPort } from './destinations.ts';
import { type Connection, type Evidence, type Gap, type Party, together } from './evidence/evidence.ts';
import type { Suggested } from './policies.ts';
import type { Scene } from './scene.ts';

/** More clients than this are a public, and no list of them is a rule. */
const MOST_ADDRESSES = 32;

const FINE: readonly End['state'][] = ['Allowed', 'NotGoverned'];

/** What judges observed connections: the policies that are suggested without them. */
class Judge {
  readonly #scene: Scene;
  readonly #reach: Reach;

  constructor(scene: Scene, suggested: readonly Suggested[], context: NetworkContext) {
    const policies = suggested.flatMap(({ policy }) => reachPolicies(policy.metadata, policy.spec.network, context));
    this.#scene = scene;
    this.#reach = new Reach({ ...scene.world, policies });
  }

  isOwn(end: Endpoint): boolean {
    return isPod(end) && end.namespace === this.#scene.namespace && end.hostNetwork !== true;
  }

  /** The ends in the namespace decide; those of others have their own policies. */
  isCovered({ from, to, traffic }: Reading): boolean {
    const { egress, ingress } = this.#reach.verdict(from, to, traffic);
    const ends = [...(this.isOwn(from) ? [egress] : []), ...(this.isOwn(to) ? [ingress] : [])];
    return ends.every(({ state }) => FINE.includes(state));
  }
}

const partyOf = (scene: Scene, end: Endpoint): Party | undefined => {
  if (!isPod(end)) return { type: 'Network', cidr: toCidr(end.address) };
  const workload = scene.workloadOf(end);
  if (workload !== undefined) return { type: 'Workload', workload };
  const isKnown = end.namespace !== '' && Object.keys(end.labels).length > 0;
  return isKnown ? { type: 'Selected', namespace: end.namespace, labels: end.labels } : undefined;
};

const nameOf = (scene: Scene, end: Endpoint): string => {
  if (!isPod(end)) return end.address;
  if (end.namespace === '') return end.name === '' ? 'a node' : `Node ${end.name}`;
  const workload = scene.workloadOf(end);
  return workload === undefined ? endpointName(end) : scene.nameOf(workload);
};

interface Uncovered {
  readonly observed: ObservedConnection;
  readonly reading: Reading;
}

const ruleFor = (scene: Scene, { observed, reading: { from, to, traffic } }: Uncovered): Partial<Evidence> => {
  const flows = plural(observed.flows, 'flow');
  const text = `observed ${flows} from ${nameOf(scene, from)} to ${nameOf(scene, to)} at port ${portText(traffic)}`;
  const [source, destination] = [partyOf(scene, from), partyOf(scene, to)];
  if (source === undefined || destination === undefined) {
    const direction = source === undefined ? 'ingress' : 'egress';
    return {
      gaps: [
        {
          direction,
          text: `${text}, and no selector is for ${source === undefined ? nameOf(scene, from) : nameOf(scene, to)}: add its address as {cidr: …}`,
        },
      ],
    };
  }
  const isOutside = source.type === 'Network' || destination.type === 'Network';
  const at = `at port ${portText(traffic)}`;
  // Without the address, so that all addresses of a pod are one rule.
  const outside =
    source.type === 'Network'
      ? `to ${nameOf(scene, to)} ${at} from addresses outside`
      : `from ${nameOf(scene, from)} ${at} to addresses outside`;
  const connection = {
    from: source,
    to: destination,
    ports: [toPort(traffic)],
    why: isOutside ? `observed flows ${outside}` : text,
  };
  return { connections: [connection] };
};

/** Many clients outside are one gap. */
const withoutPublic = ({ connections, gaps, apiClients }: Evidence): Evidence => {
  const isClient = ({ from }: Connection): boolean => from.type === 'Network';
  const publics = [...Map.groupBy(connections.filter(isClient), ({ why }) => why)].filter(
    ([, of]) => of.length > MOST_ADDRESSES,
  );
  const left = new Set(publics.map(([why]) => why));
  return {
    connections: connections.filter((one) => !isClient(one) || !left.has(one.why)),
    gaps: [
      ...gaps,
      ...publics.map(
        ([why, of]): Gap => ({
          direction: 'ingress',
          text: `${why}, ${of.length} of them: add an ingress rule with the networks that they are in`,
        }),
      ),
    ],
    apiClients,
  };
};

const unreadGaps = ({ unreadable, overflow }: Flows): Gap[] => [
  ...unreadable.first.map((line) => ({ text: `flows: ${describeUnreadable(line)}` })),
  ...(unreadable.count > unreadable.first.length
    ? [{ text: `flows: ${unreadable.count - unreadable.first.length} further lines cannot be read` }]
    : []),
  ...(overflow > 0
    ? [
        {
          text: `flows: ${plural(overflow, 'flow')} are of connections beyond the limit, and not read: pass fewer at a time`,
        },
      ]
    : []),
];

/** The address of the API server is known, although a private one may be anybody's. */
const ofApiServer = (
  scene: Scene,
  { source, destination, port, protocol }: ObservedConnection,
): Partial<Evidence> | undefined => {
  const { address } = destination;
  if (address === undefined || !scene.apiServer.some(({ cidrs }) => cidrs.includes(toCidr(address)))) return undefined;
  const client = scene.own.find(({ pods }) =>
    pods.some(({ name, addresses = [] }) =>
      source.namespace === undefined
        ? addresses.includes(source.address ?? '')
        : source.namespace === scene.namespace && source.pod === name,
    ),
  );
  const why = `observed flows from ${client && scene.nameOf(client)} to the API server at ${address}:${portText({ port, protocol })}`;
  return client && { apiClients: [{ workload: client, why }] };
};

const isNamed = (scene: Scene, { namespace, address }: ObservedEnd): boolean =>
  namespace === undefined
    ? scene.own.some(({ pods }) => pods.some(({ addresses = [] }) => addresses.includes(address ?? '')))
    : namespace === scene.namespace;

const endName = ({ namespace, pod, address }: ObservedEnd): string =>
  pod === undefined ? (address ?? 'an unnamed end') : `Pod ${namespace}/${pod}`;

/** @param context of the cluster, which allow.dns and allow.apiServer depend on */
export const observedFlows = (
  scene: Scene,
  loaded: LoadedWorld,
  flows: Flows,
  suggested: readonly Suggested[],
  context: NetworkContext,
): Evidence => {
  const identifier = new Identifier(loaded, []);
  const judge = new Judge(scene, suggested, context);
  const parts = flows.connections
    .filter(({ works, flows: count }) => works && count > 0)
    .map((observed): Partial<Evidence> => {
      const client = ofApiServer(scene, observed);
      if (client !== undefined) return client;
      const identified = identifier.identify(observed);
      if ('exempt' in identified) return {};
      if ('unknown' in identified) {
        const { source, destination } = observed;
        if (![source, destination].some((end) => isNamed(scene, end))) return {};
        const text = `observed flows from ${endName(source)} to ${endName(destination)} at port ${portText(observed)}: ${identified.unknown}`;
        return { gaps: [{ text }] };
      }
      const open = identified.readings.filter(
        (reading) => [reading.from, reading.to].some((end) => judge.isOwn(end)) && !judge.isCovered(reading),
      );
      const [reading] = open;
      if (reading === undefined) return {};
      if (identified.readings.length === 1) return ruleFor(scene, { observed, reading });
      const text = `flows from ${nameOf(scene, reading.from)} to ${nameOf(scene, reading.to)} at port ${portText(reading.traffic)}, or similar ones: the log does not say which, so no rule allows them`;
      return { gaps: [{ direction: judge.isOwn(reading.to) ? 'ingress' : 'egress', text }] };
    });
  return withoutPublic(together([...parts, { gaps: unreadGaps(flows) }]));
};
