import type { ObservedConnection, ObservedEnd, ObservedFlow } from './observed.ts';

/** More distinct connections are counted only, so that a log of any size fits into the memory. */
const MOST_CONNECTIONS = 200_000;

type Reporter = 'Source' | 'Destination' | 'Either';

interface Tally {
  readonly of: Pick<ObservedConnection, 'source' | 'destination' | 'port' | 'protocol'>;
  readonly forwarded: Record<Reporter, number>;
  readonly denied: Record<Reporter, number>;
  lastSeen: number | undefined;
}

/** Pods differ by their names, and other ends by their addresses. */
const keyOf = ({
  namespace,
  pod,
  podPrefix,
  workload,
  address,
  labels,
  outside,
  node,
  service,
}: ObservedEnd): unknown =>
  pod !== undefined || podPrefix !== undefined
    ? [namespace, pod, podPrefix, workload?.name]
    : [namespace, workload?.name, address, labels, outside, node, service];

const none = (): Record<Reporter, number> => ({ Source: 0, Destination: 0, Either: 0 });

/** Both ends report the same flows. */
const once = ({ Source, Destination, Either }: Record<Reporter, number>): number =>
  Math.max(Source, Destination) + Either;

/** The source may forward what the destination denies. */
const works = ({ forwarded, denied }: Tally): boolean =>
  once(forwarded) > 0 && (denied.Destination === 0 || forwarded.Destination + forwarded.Either > 0);

/** The distinct connections of flows, and how often each was seen. */
export class Connections {
  readonly #tallies = new Map<string, Tally>();
  readonly #most: number;
  #overflow = 0;

  constructor(most = MOST_CONNECTIONS) {
    this.#most = most;
  }

  /** Flows of connections that are not in the list, because it is full. */
  get overflow(): number {
    return this.#overflow;
  }

  add({ source, destination, port, protocol, verdict, reporter, count, time }: ObservedFlow): void {
    const key = JSON.stringify([keyOf(source), keyOf(destination), port, protocol]);
    const known = this.#tallies.get(key);
    if (known === undefined && this.#tallies.size >= this.#most) {
      this.#overflow += count;
      return;
    }
    const tally: Tally = known ?? {
      ...{ of: { source, destination, port, protocol }, forwarded: none(), denied: none(), lastSeen: undefined },
    };
    if (known === undefined) this.#tallies.set(key, tally);
    tally[verdict === 'Forwarded' ? 'forwarded' : 'denied'][reporter ?? 'Either'] += count;
    if (time !== undefined && time > (tally.lastSeen ?? Number.NEGATIVE_INFINITY)) tally.lastSeen = time;
  }

  /** In the order in which they were seen. */
  list(): ObservedConnection[] {
    return [...this.#tallies.values()].map((tally) => ({
      ...tally.of,
      ...{ flows: once(tally.forwarded), denied: once(tally.denied), works: works(tally) },
      ...(tally.lastSeen !== undefined && { lastSeen: tally.lastSeen }),
    }));
  }
}
