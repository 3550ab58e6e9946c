// needs: cluster
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Reflector } from '../../../src/kube/cache/reflector.ts';
import { Store } from '../../../src/kube/cache/store.ts';
import { LEASES } from '../../../src/kube/kinds.ts';
import { LeaderElection } from '../../../src/kube/leaderelection/leader-election.ts';
import { holderOf, type Lease } from '../../../src/kube/leaderelection/lease.ts';
import { KubeClient } from '../../../src/kube/rest/client.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { grantLeaderElection } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';
import { spyLog } from '../../kube/spy-log.ts';

const palisade = await Palisade.open();
const { lease: namespace } = await palisade.namespaces(['lease']);
await grantLeaderElection(palisade.admin, namespace);
const config = loadKubeConfig(palisade.operatorKubeconfig);
const client = new KubeClient(config, { userAgent: 'palisade-leader-election' });
const stop = new AbortController();
test.after(async () => {
  stop.abort(new Error('the test ended'));
  await config.close();
  await palisade.close();
});

/** A replica whose watch never shows a change: it knows of the Lease only from the answers to its requests. */
const blindReplica = (identity: string) => {
  const store = new Store<Lease>();
  const { log, lines } = spyLog();
  const election = new LeaderElection({ client, store, namespace, name: 'palisade', identity, log, retryMs: 100 });
  return { election, lines, seen: () => holderOf(store.get(`${namespace}/palisade`)) };
};

const leader = blindReplica('first');

test('a replica that creates a Lease which exists reads its holder, and stands by', async () => {
  await leader.election.acquire(stop.signal);
  const other = blindReplica('second');
  other.election.acquire(stop.signal).catch(() => {});
  await until('it knows the holder', () => other.seen() === 'first');
  assert.equal([leader.election.leads(), other.election.leads()], [true, false]);
  await until('it says so', () => other.lines.some(({ msg }) => msg === 'standing by'));
});

test('a leader whose renewal conflicts with another holder reads that, and stops leading', async () => {
  const held = { spec: { holderIdentity: 'third' } };
  await palisade.admin.patch<Lease>(LEASES, 'palisade', held, { namespace, type: 'merge' });
  assert.is(await leader.election.hold(stop.signal), 'lost');
  assert.is(leader.seen(), 'third');
  assert.not(leader.election.leads());
});

test('a leader whose watch shows another holder stops leading before it writes', async () => {
  const store = new Store<Lease>();
  const { log } = spyLog();
  const fieldSelector = 'metadata.name=palisade';
  const reflector = new Reflector<Lease>({ client, resource: LEASES, namespace, fieldSelector, store, log });
  const watching = reflector.run(stop.signal);
  await reflector.synced;
  const free = { spec: { holderIdentity: '' } };
  await palisade.admin.patch<Lease>(LEASES, 'palisade', free, { namespace, type: 'merge' });
  const identity = 'fourth';
  const election = new LeaderElection({ client, store, namespace, name: 'palisade', identity, log, retryMs: 60_000 });
  await election.acquire(stop.signal);
  const lost = election.hold(stop.signal);
  const held = { spec: { holderIdentity: 'fifth' } };
  await palisade.admin.patch<Lease>(LEASES, 'palisade', held, { namespace, type: 'merge' });
  assert.is(await lost, 'lost');
  stop.abort(new Error('the test ended'));
  await watching;
});

test.run();
