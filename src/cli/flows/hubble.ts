import type { Protocol } from '../../reach/world.ts';
import { isObject } from '../../text/is-object.ts';
import {
  addressOf,
  isLocal,
  labelsOf,
  numberOf,
  objectOf,
  portOf,
  reading,
  textOf,
  timeOf,
  UnreadableRecord,
} from './fields.ts';
import type { ObservedEnd, ReadRecord } from './observed.ts';

// Facts about the format: api/v1/flow/flow.proto and api/v1/observer/observer.proto of github.com/cilium/cilium.

/** What `hubble observe` prints beside flows. */
const EVENTS = ['node_status', 'agent_event', 'debug_event'];

/** Enumerations have names, or the numbers of the protocol buffers. */
const VERDICTS = ['VERDICT_UNKNOWN', 'FORWARDED', 'DROPPED', 'ERROR', 'AUDIT', 'REDIRECTED', 'TRACED', 'TRANSLATED'];

/** In audit mode the packet passes, and redirected it goes through the proxy. */
const FORWARDED = ['FORWARDED', 'AUDIT', 'REDIRECTED'];
const TRANSLATIONS = ['TRACED', 'TRANSLATED'];

const PROTOCOLS: readonly Protocol[] = ['TCP', 'UDP', 'SCTP'];

/** CiliumEventType of a policy verdict, which the first packet of a connection has. */
const POLICY_VERDICT = 5;

/** Labels that Cilium adds to those of the pod. */
const OWN_LABELS = /^io\.(cilium|kubernetes)\./;

const isFlow = (record: Record<string, unknown>): boolean =>
  'verdict' in record && ['IP', 'l4', 'l7', 'source', 'destination', 'Type'].some((field) => field in record);

/** `-o jsonpb` has the flow in an envelope, and `-o json` of older versions has it bare. */
const flowOf = (record: Record<string, unknown>): Record<string, unknown> | undefined =>
  [record.flow, record].filter(isObject).find(isFlow);

const namesOf = (value: unknown): string[] => (Array.isArray(value) ? value.flatMap((one) => textOf(one) ?? []) : []);

/** `reserved:host`, as the identity of something that is no pod. */
const outsideOf = (reserved: readonly string[]): ObservedEnd['outside'] => {
  if (reserved.some((name) => name === 'host' || name === 'remote-node')) return 'Node';
  if (reserved.some((name) => name === 'world' || name.startsWith('world-'))) return 'World';
  if (reserved.includes('ingress')) return 'Proxy';
  return reserved.includes('kube-apiserver') ? 'World' : undefined;
};

interface Packet {
  readonly address?: string | undefined;
  /** Of the node that saw it: `cluster/node`. */
  readonly node?: string | undefined;
  readonly service?: ObservedEnd['service'];
  /** It is the source of a packet that arrives at a pod of the node. */
  readonly isArrival?: boolean;
}

/** @throws UnreadableRecord */
const endOf = (value: unknown, { address, node, service, isArrival }: Packet, what: string): ObservedEnd => {
  const end = objectOf(value);
  const all = namesOf(end.labels);
  const reserved = all.filter((label) => label.startsWith('reserved:')).map((label) => label.slice(9));
  const outside = outsideOf(reserved);
  const [namespace, pod] = [textOf(end.namespace), textOf(end.pod_name)];
  const own = all.filter((label) => label.startsWith('k8s:')).map((label) => label.slice(4));
  const labels = labelsOf(own.filter((label) => !OWN_LABELS.test(label)));
  const [workload] = (Array.isArray(end.workloads) ? end.workloads : []).filter(isObject);
  const [kind, name] = [textOf(workload?.kind), textOf(workload?.name)];
  // The host of an endpoint is the node that saw the packet; another node has its address only.
  const isHost = reserved.includes('host') && !reserved.includes('remote-node');
  const host = isHost ? node?.split('/').at(-1) : undefined;
  const found: ObservedEnd = {
    ...(address !== undefined && { address }),
    ...(namespace !== undefined && { namespace }),
    ...(namespace !== undefined && pod !== undefined && { pod }),
    ...(kind !== undefined && name !== undefined && { workload: { kind, name } }),
    ...(labels && { labels }),
    ...(outside && { outside: isHost && isArrival ? 'OwnNode' : outside }),
    ...(host && { node: host }),
    ...(service && { service }),
  };
  if (address === undefined && namespace === undefined && outside === undefined)
    throw new UnreadableRecord(`the flow names neither a pod nor an address as its ${what}`);
  return found;
};

const serviceOf = (value: unknown): ObservedEnd['service'] => {
  const { namespace, name } = objectOf(value);
  const [ns, service] = [textOf(namespace), textOf(name)];
  return ns !== undefined && service !== undefined ? { namespace: ns, name: service } : undefined;
};

/** Whether the packet goes from the server to the client; undefined: not known, as of dropped packets. */
const isReply = (flow: Record<string, unknown>, tcp: unknown): boolean | undefined => {
  if (flow.is_reply === true || flow.reply === true || objectOf(flow.l7).type === 'RESPONSE') return true;
  if (flow.is_reply === false || numberOf(objectOf(flow.event_type).type) === POLICY_VERDICT) return false;
  const { SYN, ACK } = objectOf(objectOf(tcp).flags);
  return SYN === true ? ACK === true : undefined;
};

const REPORTERS: Readonly<Record<string, 'Source' | 'Destination'>> = { EGRESS: 'Source', INGRESS: 'Destination' };

/** A packet that is delivered has passed both ends, whatever direction a node gives to its own packets. */
const reporterOf = ({ trace_observation_point: point, traffic_direction: direction }: Record<string, unknown>) =>
  point === 'TO_ENDPOINT' ? 'Destination' : REPORTERS[String(direction)];

const verdictOf = (value: unknown): string => {
  const verdict = typeof value === 'number' ? VERDICTS[value] : textOf(value);
  if (verdict === undefined || !VERDICTS.includes(verdict)) throw new UnreadableRecord('verdict is none of Hubble');
  return verdict;
};

const toRecord = (flow: Record<string, unknown>): ReadRecord => {
  const verdict = verdictOf(flow.verdict);
  if (TRANSLATIONS.includes(verdict) || flow.Type === 'SOCK') return { skipped: 'Translation' };
  const isDenied = verdict === 'DROPPED';
  if (!isDenied && !FORWARDED.includes(verdict)) return { skipped: 'NoVerdict' };
  const l4 = objectOf(flow.l4);
  const protocol = PROTOCOLS.find((name) => name in l4);
  if (protocol === undefined) return { skipped: Object.keys(l4).length > 0 ? 'Protocol' : 'NoPort' };
  const reply = isReply(flow, l4.TCP);
  if (reply === true) return { skipped: 'Reply' };
  if (reply === undefined && !isDenied) return { skipped: 'DirectionUnknown' };
  const port = portOf(objectOf(l4[protocol]).destination_port, `l4.${protocol}.destination_port`);
  if (port === undefined) return { skipped: 'NoPort' };
  const ip = objectOf(flow.IP);
  const [node, service] = [textOf(flow.node_name), serviceOf(flow.destination_service)];
  const reporter = reporterOf(flow);
  const from = { address: addressOf(ip.source, 'IP.source'), node, isArrival: reporter === 'Destination' };
  const source = endOf(flow.source, from, 'source');
  const to = { address: addressOf(ip.destination, 'IP.destination'), node, service };
  const destination = endOf(flow.destination, to, 'destination');
  if (isLocal(source, destination)) return { skipped: 'Local' };
  const time = timeOf(flow.time);
  return {
    flow: {
      ...{ source, destination, port, protocol, count: 1, verdict: isDenied ? 'Denied' : 'Forwarded' },
      ...(reporter && { reporter }),
      ...(time !== undefined && { time }),
    },
  };
};

/** Reads an object of `hubble observe -o jsonpb` or `-o json`, or of Hubble's exporter. */
export const readHubble = (record: Record<string, unknown>): ReadRecord => {
  if (isObject(record.lost_events)) return { skipped: 'Lost' };
  if (EVENTS.some((event) => isObject(record[event]))) return { skipped: 'OtherEvent' };
  const flow = flowOf(record);
  return flow && reading(() => toRecord(flow));
};
