import {
  addressOf,
  isLocal,
  labelsOf,
  numberOf,
  portOf,
  protocolOf,
  textOf,
  timeOf,
  UnreadableRecord,
} from './fields.ts';
import type { ObservedEnd, ReadRecord } from './observed.ts';

/** One end of a flow of Calico, with the values as the log has them. */
export interface CalicoEnd {
  readonly type: unknown;
  readonly namespace: unknown;
  /** The first that is there: a pod, several as `web-755cdc7957-*`, a host, a NetworkSet, or `pub` and `pvt`. */
  readonly names: readonly unknown[];
  readonly ip?: unknown;
  readonly labels: unknown;
}

/** A flow of Felix or of Goldmane: they have the same fields in different places. */
export interface CalicoFlow {
  readonly source: CalicoEnd;
  readonly destination: CalicoEnd & { readonly serviceNamespace: unknown; readonly serviceName: unknown };
  readonly port: unknown;
  readonly protocol: unknown;
  readonly action: unknown;
  readonly reporter: unknown;
  readonly count: unknown;
  readonly time: unknown;
}

/** Enumerations have names, or the numbers of goldmane/proto/api.proto of github.com/projectcalico/calico. */
const enumeration =
  (...names: readonly (readonly string[])[]) =>
  (value: unknown): number | undefined => {
    const text = String(value).toLowerCase();
    const found = names.findIndex((of, index) => of.includes(text) || numberOf(value) === index);
    return found < 0 ? undefined : found;
  };

const [WORKLOAD, HOST] = [1, 2];
const typeOf = enumeration(
  ['endpointtypeunspecified'],
  ['wep', 'workloadendpoint'],
  ['hep', 'hostendpoint'],
  ['ns', 'networkset'],
  ['net', 'network'],
);

const [ALLOW, DENY] = [1, 2];
const actionOf = enumeration(['actionunspecified'], ['allow'], ['deny'], ['pass']);
const reporterOf = enumeration(['reporterunspecified'], ['src'], ['dst']);

/** `{"labels": ["app=web"]}` of Felix, a list of Goldmane, or `app=web | tier=front` of Whisker. */
const calicoLabels = (value: unknown): ObservedEnd['labels'] => {
  if (typeof value === 'string') return labelsOf(value.split('|').map((label) => label.trim()));
  const list = Array.isArray(value) ? value : (value as { labels?: unknown } | null | undefined)?.labels;
  return Array.isArray(list) ? labelsOf(list) : undefined;
};

/** Names of networks: of Calico, and of Whisker. */
const PUBLIC = ['pub', 'PUBLIC NETWORK'];
const PRIVATE = ['pvt', 'PRIVATE NETWORK'];

/** Whisker writes it for nothing. */
const NO_NAMESPACE = 'Global';

/** A host endpoint that Calico makes for a node. */
const AUTO_HOST_ENDPOINT = '-auto-hep';

const podNames = (name: string): Pick<ObservedEnd, 'pod' | 'podPrefix'> =>
  name.endsWith('*') ? { podPrefix: name.slice(0, -1) } : { pod: name };

/** @throws UnreadableRecord */
const endOf = ({ type, namespace, names, ip, labels }: CalicoEnd, what: string): ObservedEnd => {
  const address = addressOf(ip, `the address of the ${what}`);
  const known = address === undefined ? {} : { address };
  const [name] = names.flatMap((one) => textOf(one) ?? []);
  const [space, found] = [namespace === NO_NAMESPACE ? undefined : textOf(namespace), calicoLabels(labels)];
  const isPrivate = PRIVATE.includes(name ?? '');
  // Whisker has no types: what has a name and no namespace is a host, or a global NetworkSet.
  const isUntyped = (typeOf(type) ?? 0) === 0 && name !== undefined && space === undefined;
  if (isUntyped) return { ...known, outside: PUBLIC.includes(name) ? 'World' : 'Private' };
  const kind = typeOf(type) || WORKLOAD;
  if (kind === HOST) {
    const node = name?.endsWith('*') ? undefined : name?.replace(AUTO_HOST_ENDPOINT, '');
    return { ...known, outside: 'Node', ...(node !== undefined && { node }) };
  }
  if (kind !== WORKLOAD) return { ...known, outside: isPrivate ? 'Private' : 'World' };
  if (space === undefined || name === undefined)
    throw new UnreadableRecord(`the flow names no pod as its ${what}: namespace and name of a workload are missing`);
  return { ...known, namespace: space, ...podNames(name), ...(found && { labels: found }) };
};

/** @throws UnreadableRecord */
export const toRecord = (raw: CalicoFlow): ReadRecord => {
  const action = actionOf(raw.action);
  if (action === undefined) throw new UnreadableRecord('action is none of Calico');
  if (action !== ALLOW && action !== DENY) return { skipped: 'NoVerdict' };
  if (raw.protocol === undefined || raw.protocol === null) throw new UnreadableRecord('the flow has no protocol');
  const protocol = protocolOf(raw.protocol as string | number);
  if (protocol === undefined) return { skipped: 'Protocol' };
  const port = portOf(raw.port, 'the port of the destination');
  if (port === undefined) return { skipped: 'NoPort' };
  const [namespace, name] = [textOf(raw.destination.serviceNamespace), textOf(raw.destination.serviceName)];
  const service = namespace !== undefined && name !== undefined && { service: { namespace, name } };
  const source = endOf(raw.source, 'source');
  const destination = { ...endOf(raw.destination, 'destination'), ...service };
  if (isLocal(source, destination)) return { skipped: 'Local' };
  const time = timeOf(raw.time);
  const reporter = [undefined, 'Source', 'Destination'] as const;
  const by = reporter[reporterOf(raw.reporter) ?? 0];
  return {
    flow: {
      ...{ source, destination, port, protocol, verdict: action === ALLOW ? 'Forwarded' : 'Denied' },
      count: Math.max(1, numberOf(raw.count) ?? 1),
      ...(by && { reporter: by }),
      ...(time !== undefined && { time }),
    },
  };
};
