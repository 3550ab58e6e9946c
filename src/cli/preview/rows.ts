import { parseAddress } from '../../reach/address-block.ts';
import { explainVerdict } from '../../reach/explain-verdict.ts';
import { endpointName } from '../../reach/naming.ts';
import { portText } from '../../reach/ports.ts';
import type { Reach } from '../../reach/reach.ts';
import { type Endpoint, isPod, type Verdict } from '../../reach/verdict.ts';
import { nearMisses } from '../can/near-misses.ts';
import type { ObservedConnection, ObservedEnd } from '../flows/observed.ts';
import type { Effect, Judgment } from './judge.ts';

/** Observed connections of the same workloads and port, with the same effect for the same reasons. */
export interface Row {
  readonly effect: Effect;
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly protocol: ObservedConnection['protocol'];
  readonly flows: number;
  readonly lastSeen?: number;
  /** The ends that deny the connection, or why it is not known whether they do. Of a kept connection none. */
  readonly reasons: readonly string[];
}

/** `Deployment shop/web` for one of its pods. */
const asWorkload = (end: Endpoint): Endpoint => (isPod(end) && end.workload ? { ...end, state: 'Planned' } : end);

const OUTSIDE = {
  World: 'outside the cluster',
  Private: 'a private network',
  Node: 'a node',
  OwnNode: 'a node',
  Proxy: 'a proxy',
} as const;

const observedName = ({ namespace, workload, pod, podPrefix, address, node, outside }: ObservedEnd): string => {
  if (namespace !== undefined) {
    if (workload !== undefined) return `${workload.kind} ${namespace}/${workload.name}`;
    const name = pod ?? (podPrefix === undefined ? undefined : `${podPrefix}*`);
    return name === undefined ? `a pod of namespace ${namespace}` : `Pod ${namespace}/${name}`;
  }
  if (outside === 'Node' || outside === 'OwnNode')
    return node === undefined ? `node ${address ?? '(unknown)'}` : `Node ${node}`;
  return address ?? OUTSIDE[outside ?? 'World'];
};

/** A pod as its workload; everything else as the log has it. */
const nameOf = (end: Endpoint | undefined, observed: ObservedEnd): string =>
  end !== undefined && isPod(end) && end.hostNetwork !== true ? endpointName(asWorkload(end)) : observedName(observed);

const STATES: Readonly<Partial<Record<Effect, readonly string[]>>> = {
  Cut: ['Denied', 'Finished'],
  AlreadyCut: ['Denied', 'Finished'],
  Unknown: ['Unknown'],
};

const reasonsOf = ({ effect, verdict, reason }: Judgment, reach: Reach): string[] => {
  const own = reason === undefined ? [] : [reason];
  if (verdict === undefined || own.length > 0) return own;
  const named: Verdict = { ...verdict, from: asWorkload(verdict.from), to: asWorkload(verdict.to) };
  const { egress, ingress } = explainVerdict(named);
  const near = nearMisses(reach, named);
  const states = STATES[effect] ?? [];
  return [
    ...(states.includes(verdict.egress.state) ? [egress, ...near.egress] : []),
    ...(states.includes(verdict.ingress.state) ? [ingress, ...near.ingress] : []),
  ];
};

const later = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || (b !== undefined && b > a) ? b : a;

const merge = (a: Row, b: Row): Row => {
  const lastSeen = later(a.lastSeen, b.lastSeen);
  return { ...a, flows: a.flows + b.flows, ...(lastSeen !== undefined && { lastSeen }) };
};

/** Most flows first. @param reach with the policies */
export const rowsOf = (judgments: Iterable<Judgment>, reach: Reach): Row[] => {
  const rows = new Map<string, Row>();
  // Connections of the same pods share a verdict.
  const explained = new Map<Verdict, string[]>();
  const explain = (judgment: Judgment): string[] => {
    const { verdict, reason } = judgment;
    if (verdict === undefined || reason !== undefined) return reasonsOf(judgment, reach);
    const known = explained.get(verdict) ?? reasonsOf(judgment, reach);
    explained.set(verdict, known);
    return known;
  };
  for (const judgment of judgments) {
    const { effect, reading, observed } = judgment;
    const { source, destination, port, protocol, flows, lastSeen } = observed;
    const row: Row = {
      ...{ effect, from: nameOf(reading?.from, source), to: nameOf(reading?.to, destination) },
      ...{ port: reading?.traffic.port ?? port, protocol, flows },
      ...(lastSeen !== undefined && { lastSeen }),
      reasons: explain(judgment),
    };
    const key = JSON.stringify([effect, row.from, row.to, row.port, protocol, row.reasons]);
    const known = rows.get(key);
    rows.set(key, known === undefined ? row : merge(known, row));
  }
  return [...rows.values()].sort((a, b) => b.flows - a.flows || (nameRow(a) < nameRow(b) ? -1 : 1));
};

/** `Deployment shop/web → Deployment shop/api:3000`; the protocol where it is not TCP. */
export const nameRow = ({ from, to, port, protocol }: Row): string =>
  `${from} → ${parseAddress(to) !== undefined && to.includes(':') ? `[${to}]` : to}:${portText({ port, protocol })}`;
