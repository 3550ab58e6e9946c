import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../src/kube/object.ts';
import type { KubeClient } from '../../src/kube/rest/client.ts';
import { KINDS } from '../kinds.ts';
import type { OperatorProcess } from '../operator-process.ts';
import { until } from '../until.ts';
import { type Figures, milliseconds, quantile } from './figures.ts';
import { namespaceOf } from './policy-spec.ts';

interface NetworkPolicy extends KubeObject {
  spec: object;
}

/** Children that another client edits, one after the other. */
const EDITS = 100;
const LATE_MS = 300_000;
const OTHER_API_SERVER = '198.51.100.7';

/** Another client opens one NetworkPolicy after another. */
export const drift = async (admin: KubeClient, n: number): Promise<Figures> => {
  const repairs: number[] = [];
  const roundTrips: number[] = [];
  for (let i = 0; i < Math.min(EDITS, n); i += 1) {
    const { roundTrip, repair } = await editOne(admin, namespaceOf(i));
    roundTrips.push(roundTrip);
    repairs.push(repair);
  }
  return {
    'drift: the edit alone, p50, ms': quantile(roundTrips, 0.5),
    'drift: from the edit until it is back, p50, ms': quantile(repairs, 0.5),
    'drift: from the edit until it is back, p99, ms': quantile(repairs, 0.99),
  };
};

const editOne = async (admin: KubeClient, namespace: string): Promise<{ roundTrip: number; repair: number }> => {
  const { items, metadata } = await admin.list<NetworkPolicy>(KINDS.NetworkPolicy, { namespace });
  const before = items[0]!;
  const end = new AbortController();
  const { resourceVersion } = metadata;
  const options = { namespace, resourceVersion, allowWatchBookmarks: false, timeoutSeconds: 60, signal: end.signal };
  const opened = Promise.withResolvers<void>();
  const events = admin.watch(KINDS.NetworkPolicy, { ...options, onOpen: opened.resolve });
  const repaired = (async () => {
    let changes = 0;
    for await (const { object } of events) {
      changes += 1;
      if (changes > 1 && isDeepStrictEqual((object as NetworkPolicy).spec, before.spec)) return performance.now();
    }
    throw new Error(`NetworkPolicy ${before.metadata.name} did not come back`);
  })();
  await opened.promise;
  const started = performance.now();
  await admin.patch(
    KINDS.NetworkPolicy,
    before.metadata.name,
    { spec: { ingress: [{}] } },
    { namespace, type: 'merge' },
  );
  const roundTrip = milliseconds(started);
  const repair = (await repaired) - started;
  end.abort();
  return { roundTrip, repair };
};

/** Changes on which no policy depends, and on which one policy depends. */
export const namespaceLabels = async (admin: KubeClient, operator: OperatorProcess): Promise<Figures> => {
  const label = (labels: object) =>
    admin.patch(KINDS.Namespace, namespaceOf(0), { metadata: { labels } }, { type: 'merge' });
  const enforced = async () =>
    (await admin.get<KubeObject>(KINDS.Namespace, namespaceOf(0))).metadata.labels?.[
      'pod-security.kubernetes.io/enforce'
    ];
  const before = await requests(operator);
  await label({ team: 'a' });
  await settled(operator);
  const between = await requests(operator);
  const started = performance.now();
  await label({ 'pod-security.kubernetes.io/enforce': null });
  await until('the level is enforced again', async () => (await enforced()) === 'restricted');
  const back = milliseconds(started);
  await settled(operator);
  return {
    'a label of another client on a namespace: requests': between - before,
    'the level taken off a namespace: ms until it is back': back,
    'the level taken off a namespace: requests': (await requests(operator)) - between,
  };
};

/** The API server has another address besides, which one NetworkPolicy of each policy allows. */
export const apiServerMoves = async (admin: KubeClient, operator: OperatorProcess, n: number): Promise<Figures> => {
  const name = 'palisade-bench';
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [OTHER_API_SERVER], conditions: { ready: true } }],
    ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
  };
  const before = await requests(operator);
  const started = performance.now();
  await admin.create(KINDS.EndpointSlice, slice, { namespace: 'default' });
  await until(`${n} NetworkPolicies allow the new address`, () => allow(admin, n), LATE_MS);
  const seconds = milliseconds(started) / 1000;
  await settled(operator);
  const sent = (await requests(operator)) - before;
  await admin.delete(KINDS.EndpointSlice, name, { namespace: 'default' });
  return {
    [`the API server has one more address, ${n} dependents: s until all allow it`]: seconds,
    [`the API server has one more address, ${n} dependents: requests`]: sent,
  };
};

const allow = async (admin: KubeClient, n: number): Promise<boolean> => {
  const { items } = await admin.list<NetworkPolicy>(KINDS.NetworkPolicy, {});
  return items.filter(({ spec }) => JSON.stringify(spec).includes(OTHER_API_SERVER)).length === n;
};

const requests = (operator: OperatorProcess): Promise<number> => operator.metric('rest_client_requests_total');

/** No key waits, and no request is sent for a while. */
const settled = async (operator: OperatorProcess): Promise<void> => {
  let last = -1;
  let since = performance.now();
  await until(
    'the operator is idle',
    async () => {
      const sent = await requests(operator);
      if (sent !== last) since = performance.now();
      last = sent;
      return milliseconds(since) > QUIET_MS;
    },
    LATE_MS,
  );
};

/** Longer than Events are held back. */
const QUIET_MS = 12_000;
