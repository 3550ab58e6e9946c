import type { EgressRule, IngressRule, Peer, Port, Selector } from '../../api/policy.ts';
import { portText } from '../../reach/ports.ts';
import { compareText } from '../../text/compare-text.ts';
import { listed } from '../../text/listed.ts';
import { printable } from '../../text/printable.ts';
import type { Connection, Gap, Party } from './evidence/evidence.ts';
import type { Scene } from './scene.ts';
import type { Selected } from './selectors.ts';
import type { Workload } from './workloads.ts';

/** Of the schema. */
const LONGEST_DESCRIPTION = 256;
const MOST_PORTS = 32;

type Selectors = ReadonlyMap<Workload, Selected>;

export interface Rules {
  readonly ingress: readonly IngressRule[];
  readonly egress: readonly EgressRule[];
  readonly gaps: readonly Gap[];
}

/** One end of a connection: what a pod of the namespace accepts, or where it connects to. */
interface End {
  readonly direction: 'ingress' | 'egress';
  readonly pods: Selector;
  readonly peer: Peer;
  readonly ports: readonly Port[];
  readonly why: string;
}

const isNarrow = (selector: Selector): boolean => Object.keys(selector).length > 0;

const peerOf = (scene: Scene, party: Party, selectors: Selectors): Peer => {
  if (party.type === 'Network') return { cidr: party.cidr };
  if (party.type === 'Namespace') return { namespaces: [party.namespace] };
  const { namespace } = party.type === 'Workload' ? party.workload : party;
  const pods: Selector =
    party.type === 'Workload' ? selectors.get(party.workload)!.selector : { matchLabels: { ...party.labels } };
  if (namespace === scene.namespace) return { pods };
  return { namespaces: [namespace], ...(isNarrow(pods) && { pods }) };
};

const governed = (scene: Scene, party: Party): Workload | undefined =>
  party.type === 'Workload' && party.workload.namespace === scene.namespace && !party.workload.hostNetwork
    ? party.workload
    : undefined;

const isOnHost = (party: Party): boolean => party.type === 'Workload' && party.workload.hostNetwork;

const endsOf = (scene: Scene, { from, to, ports, why }: Connection, selectors: Selectors): End[] => {
  const [caller, callee] = [governed(scene, from), governed(scene, to)];
  const end = (direction: End['direction'], own: Workload, other: Party): End => ({
    ...{ direction, ports, why, pods: selectors.get(own)!.selector, peer: peerOf(scene, other, selectors) },
  });
  return [
    ...(callee === undefined || isOnHost(from) ? [] : [end('ingress', callee, from)]),
    ...(caller === undefined || isOnHost(to) ? [] : [end('egress', caller, to)]),
  ];
};

/** As many reasons as there is room for. */
const described = (whys: readonly string[]): string => {
  const all = [...new Set(whys)].map((why) => printable(why, LONGEST_DESCRIPTION));
  for (let shown = all.length; shown > 1; shown -= 1) {
    const more = all.length - shown;
    const text = `${all.slice(0, shown).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
    if ([...text].length <= LONGEST_DESCRIPTION) return text;
  }
  return all[0] ?? '';
};

const portKey = ({ port, protocol = 'TCP' }: Port): string => `${String(port).padStart(5, '0')} ${protocol}`;

const distinctPorts = (ports: readonly Port[]): Port[] =>
  [...new Map(ports.map((port) => [portKey(port), port]))]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, port]) => port);

interface Merged {
  readonly description: string;
  readonly pods?: Selector;
  readonly peers: Peer[];
  readonly ports: Port[];
}

const MOST_PEERS = 32;

/** Lists of at most so many. */
export const inParts = <T>(items: readonly T[], most: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / most) }, (_, n) => items.slice(n * most, (n + 1) * most));

/** One rule for equal pods and peers. */
const ofPairs = (ends: readonly End[]): Merged[] =>
  [...Map.groupBy(ends, ({ pods, peer }) => JSON.stringify([pods, peer]))]
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([, of]) => {
      const { pods, peer } = of[0]!;
      const rule = { description: described(of.map(({ why }) => why)), ...(isNarrow(pods) && { pods }), peers: [peer] };
      return inParts(distinctPorts(of.flatMap((end) => end.ports)), MOST_PORTS).map((ports) => ({ ...rule, ports }));
    });

/** Networks with the same evidence are peers of one rule. */
const merged = (ends: readonly End[]): Merged[] => {
  const pairs = ofPairs(ends);
  const keyOf = ({ peers: [peer], ...rule }: Merged): unknown =>
    peer?.cidr === undefined ? rule : JSON.stringify(rule);
  return [...Map.groupBy(pairs, keyOf).values()].flatMap((of) =>
    inParts(
      of.flatMap(({ peers }) => peers),
      MOST_PEERS,
    ).map((peers) => ({ ...of[0]!, peers })),
  );
};

const written = (ports: readonly Port[]): string =>
  listed(
    distinctPorts(ports).map(({ port, protocol = 'TCP' }) =>
      typeof port === 'number' ? portText({ port, protocol }) : String(port),
    ),
  );

const partyName = (scene: Scene, party: Party): string => {
  if (party.type === 'Workload') return scene.nameOf(party.workload);
  if (party.type === 'Network') return party.cidr;
  const labels = party.type === 'Selected' ? Object.entries(party.labels).map(([key, value]) => `${key}=${value}`) : [];
  return labels.length === 0
    ? `namespace ${party.namespace}`
    : `pods ${labels.join(',')} of namespace ${party.namespace}`;
};

const namespaceOf = (party: Party): string | undefined =>
  party.type === 'Workload' ? party.workload.namespace : party.type === 'Network' ? undefined : party.namespace;

/** What no rule of the namespace can say about a connection. */
const gapsOf = (scene: Scene, { from, to, ports }: Connection): Gap[] => {
  const [caller, callee] = [governed(scene, from), governed(scene, to)];
  const [source, destination] = [partyName(scene, from), partyName(scene, to)];
  const onHost = (name: string): string =>
    `${name} is on the host network, where its address is that of a node: add {cidr: …} of the nodes, at port ${written(ports)}`;
  const elsewhere = (party: Party): boolean => ![undefined, scene.namespace].includes(namespaceOf(party));
  return [
    ...(callee && isOnHost(from)
      ? [{ direction: 'ingress' as const, text: `${destination} is called by ${source}: ${onHost(source)}` }]
      : []),
    ...(caller && isOnHost(to)
      ? [{ direction: 'egress' as const, text: `${source} calls ${destination}: ${onHost(destination)}` }]
      : []),
    ...(caller && elsewhere(to) && !isOnHost(to)
      ? [
          {
            text: `other end: where policies of namespace ${namespaceOf(to)} isolate ${destination}, they must allow ingress from ${source} at port ${written(ports)}`,
          },
        ]
      : []),
    ...(callee && elsewhere(from) && !isOnHost(from)
      ? [
          {
            text: `other end: where policies of namespace ${namespaceOf(from)} isolate ${source}, they must allow egress to ${destination} at port ${written(ports)}`,
          },
        ]
      : []),
  ];
};

/** The rules of the namespace for connections, each once. */
export const rulesOf = (scene: Scene, connections: readonly Connection[], selectors: Selectors): Rules => {
  const ends = connections.flatMap((connection) => endsOf(scene, connection, selectors));
  const of = (direction: End['direction']): Merged[] => merged(ends.filter((end) => end.direction === direction));
  return {
    ingress: of('ingress').map(({ peers, ports, ...rule }) => ({ ...rule, from: peers, ports })),
    egress: of('egress').map(({ peers, ports, ...rule }) => ({ ...rule, to: peers, ports })),
    gaps: connections.flatMap((connection) => gapsOf(scene, connection)),
  };
};
