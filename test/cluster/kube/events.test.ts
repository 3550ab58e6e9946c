import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EVENTS, NAMESPACES } from '../../../src/kube/kinds.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import type { Occurrence } from '../../../src/kube/record/event.ts';
import { EventRecorder } from '../../../src/kube/record/event-recorder.ts';
import { KubeClient } from '../../../src/kube/rest/client.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { testCluster } from '../../harness/controlplane.ts';
import { spyLog } from '../../kube/spy-log.ts';
import { CONFIG_MAPS, configMap, freshNamespace } from './kinds.ts';

interface Event extends KubeObject {
  note: string;
  reason: string;
  reportingController: string;
  regarding: { name: string; uid: string };
  related?: { name: string };
  series?: { count: number };
}

const config = loadKubeConfig(await testCluster());
const client = new KubeClient(config);
const { name: namespace, remove } = await freshNamespace(client);
test.after(async () => {
  await remove();
  await config.close();
});

const make = (name: string) => client.create<KubeObject>(CONFIG_MAPS, configMap(namespace, name), { namespace });
const happened = (regarding: KubeObject, extra: Partial<Occurrence> = {}): Occurrence => ({
  ...{
    regarding,
    type: 'Normal',
    reason: 'Repaired',
    action: 'Apply',
    note: 'restored after a change by another client',
  },
  ...extra,
});

function recording() {
  const { log, lines } = spyLog();
  const recorder = new EventRecorder({ client, component: 'palisade', instance: 'palisade-0', log });
  return { recorder, lines };
}

async function eventsOf(o: KubeObject, where = namespace): Promise<Event[]> {
  const { items } = await client.list<Event>(EVENTS, { namespace: where });
  return items.filter((event) => event.regarding.uid === o.metadata.uid);
}

test('an event is created, and repetitions become its series', async () => {
  const { recorder, lines } = recording();
  const one = await make('one');
  const two = await make('two');
  recorder.record(happened(one, { related: two }));
  await recorder.flush();
  for (let i = 0; i < 4; i += 1) recorder.record(happened(one, { related: two }));
  await recorder.flush();
  const [event, ...others] = await eventsOf(one);
  assert.equal(others, []);
  assert.equal(
    [event!.reason, event!.note, event!.reportingController, event!.related?.name, event!.series?.count],
    ['Repaired', 'restored after a change by another client', 'palisade', 'two', 5],
  );
  assert.equal(lines, []);
});

test('a long name, a long note, and an object without a namespace are accepted', async () => {
  const { recorder, lines } = recording();
  const long = await make(`x${'.yz'.repeat(84)}`);
  recorder.record(happened(long, { note: 'ü'.repeat(2000) }));
  const home = await client.get<KubeObject>(NAMESPACES, namespace);
  recorder.record(happened(home));
  await recorder.flush();
  assert.equal(lines, []);
  assert.is((await eventsOf(long)).length, 1);
  assert.is((await eventsOf(home, 'default')).length, 1);
});

test('an event for a terminating or deleted namespace is dropped silently', async () => {
  const { recorder, lines } = recording();
  const other = await freshNamespace(client);
  const held = { ...configMap(other.name, 'held'), metadata: { name: 'held', finalizers: ['example.com/held'] } };
  const object = await client.create<KubeObject>(CONFIG_MAPS, held, { namespace: other.name });
  await other.remove();
  recorder.record(happened(object));
  recorder.record(happened({ ...object, metadata: { ...object.metadata, namespace: 'never-was' } }));
  await recorder.flush();
  assert.is(recorder.dropped, 2);
  assert.equal(
    lines.filter((line) => line.level !== 'debug'),
    [],
  );
  const release = { metadata: { finalizers: null } };
  await client.patch(CONFIG_MAPS, 'held', release, { namespace: other.name, type: 'merge' });
});

test.run();
