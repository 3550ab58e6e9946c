import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Change, Store } from '../../../src/kube/cache/store.ts';
import type { KubeObject } from '../../../src/kube/object.ts';

interface Thing extends KubeObject {
  color: string;
}

function thing(name: string, resourceVersion: string, color = 'red', uid = `uid-${name}`, namespace = 'n'): Thing {
  return { apiVersion: 'v1', kind: 'Thing', metadata: { name, namespace, uid, resourceVersion }, color };
}

const brief = ({ type, object, old }: Change<Thing>) =>
  `${type} ${object.metadata.name}@${object.metadata.resourceVersion}${old ? ` was ${old.metadata.resourceVersion}` : ''}`;

function watched(store: Store<Thing>): string[] {
  const changes: string[] = [];
  store.subscribe((change) => changes.push(brief(change)));
  return changes;
}

const everything = { owns: () => true };

test('upsert adds, then modifies, and notifies handlers of both', () => {
  const store = new Store<Thing>();
  const changes = watched(store);
  store.upsert(thing('a', '9'));
  store.upsert(thing('a', '10', 'blue'));
  assert.is(store.get('n/a')?.color, 'blue');
  assert.equal(store.keys(), ['n/a']);
  assert.equal(changes, ['Added a@9', 'Modified a@10 was 9']);
});

test('only a list can show that an object is missing', () => {
  const store = new Store<Thing>();
  store.upsert(thing('a', '9'));
  assert.is(store.listed, false);
  store.replace([], { resourceVersion: '10', ...everything });
  assert.is(store.listed, true);
});

test('an event as old as the stored object, or older, is ignored', () => {
  const store = new Store<Thing>();
  store.upsert(thing('a', '10', 'blue'));
  const changes = watched(store);
  store.upsert(thing('a', '9'));
  store.upsert(thing('a', '10', 'green'));
  assert.is(store.get('n/a')?.color, 'blue');
  assert.equal(changes, []);
});

test('a late event does not restore a deleted object', () => {
  const store = new Store<Thing>();
  store.upsert(thing('a', '5'));
  const changes = watched(store);
  store.remove(thing('a', '8'));
  store.upsert(thing('a', '7'));
  store.upsert(thing('a', '8'));
  assert.is(store.get('n/a'), undefined);
  assert.equal(changes, ['Deleted a@5']);
});

test('a deletion that arrives before its object blocks the object too', () => {
  const store = new Store<Thing>();
  store.remove(thing('a', '8'));
  store.upsert(thing('a', '7'));
  assert.equal(store.list(), []);
});

test('an object that matches a selector again is accepted', () => {
  const store = new Store<Thing>();
  store.upsert(thing('a', '5'));
  store.remove(thing('a', '8'));
  store.upsert(thing('a', '9'));
  assert.is(store.get('n/a')?.metadata.resourceVersion, '9');
});

test('an object recreated under the same name is accepted, and the old one cannot remove it', () => {
  const store = new Store<Thing>();
  store.upsert(thing('a', '5', 'red', 'old'));
  store.remove(thing('a', '8', 'red', 'old'));
  store.upsert(thing('a', '9', 'blue', 'new'));
  store.remove(thing('a', '8', 'red', 'old'));
  store.upsert(thing('a', '7', 'red', 'old'));
  assert.is(store.get('n/a')?.metadata.uid, 'new');
});

test('a replaced object is a deletion and an addition', () => {
  const store = new Store<Thing>();
  store.upsert(thing('a', '5', 'red', 'old'));
  const changes = watched(store);
  store.upsert(thing('a', '9', 'blue', 'new'));
  assert.equal(changes, ['Deleted a@5', 'Added a@9']);
});

test('tombstones are bounded', () => {
  const store = new Store<Thing>();
  for (let i = 0; i < 10_001; i += 1) store.remove(thing(`t${i}`, '8'));
  store.upsert(thing('t0', '7'));
  store.upsert(thing('t1', '7'));
  assert.equal(store.keys(), ['n/t0']);
});

test('a list replaces: synthesized deletes, changes, and no notification for unchanged objects', () => {
  const store = new Store<Thing>();
  for (const name of ['a', 'b', 'c']) store.upsert(thing(name, '5'));
  const changes = watched(store);
  store.replace([thing('b', '5'), thing('c', '7'), thing('d', '6')], { resourceVersion: '10', ...everything });
  assert.equal(changes, ['Deleted a@5', 'Modified c@7 was 5', 'Added d@6']);
  store.upsert(thing('a', '9'));
  assert.is(store.get('n/a'), undefined, 'an event from before the list');
});

test('a list keeps objects that a writer stored after the list was read', () => {
  const store = new Store<Thing>();
  store.upsert(thing('mine', '12'));
  store.upsert(thing('changed', '11', 'blue'));
  store.replace([thing('changed', '4')], { resourceVersion: '10', ...everything });
  assert.equal(store.keys().sort(), ['n/changed', 'n/mine']);
  assert.is(store.get('n/changed')?.color, 'blue');
});

test('a list deletes only objects of its own reflector', () => {
  const store = new Store<Thing>();
  store.upsert(thing('a', '5', 'red', '1', 'one'));
  store.upsert(thing('a', '5', 'red', '2', 'two'));
  store.replace([], { resourceVersion: '10', owns: (o) => o.metadata.namespace === 'one' });
  assert.equal(store.keys(), ['two/a']);
});

test('after the server went back in time its list wins, and so do later events', () => {
  const store = new Store<Thing>();
  store.upsert(thing('a', '1000', 'new'));
  store.upsert(thing('b', '1000', 'new'));
  store.remove(thing('c', '2000'));
  store.replace([thing('a', '400', 'restored')], { resourceVersion: '500', ...everything, rewind: true });
  assert.is(store.get('n/a')?.color, 'restored');
  assert.equal(store.keys(), ['n/a']);
  store.upsert(thing('b', '501'));
  store.upsert(thing('c', '502'));
  assert.equal(store.keys(), ['n/a', 'n/b', 'n/c']);
});

test('an index follows its objects', () => {
  const store = new Store<Thing>({ indexers: { color: (o) => o.color.split(',') } });
  const names = (color: string) => store.byIndex('color', color).map((o) => o.metadata.name);
  store.upsert(thing('a', '1', 'red,blue'));
  store.upsert(thing('b', '2', 'red'));
  assert.equal(names('red'), ['a', 'b']);
  assert.equal(names('blue'), ['a']);
  store.upsert(thing('a', '3', 'green'));
  assert.equal(names('red'), ['b']);
  assert.equal(names('blue'), []);
  store.remove(thing('b', '4'));
  assert.equal(names('red'), []);
  assert.throws(() => store.byIndex('shape', 'round'), RangeError);
});

test('handlers and indexers that throw are logged and affect no others', () => {
  const errors: unknown[] = [];
  const store = new Store<Thing>({
    indexers: {
      bad: () => {
        throw new Error('index');
      },
    },
    onError: (error) => errors.push((error as Error).message),
  });
  const first = watched(store);
  store.subscribe(() => {
    throw new Error('handler');
  });
  const last = watched(store);
  store.upsert(thing('a', '1'));
  assert.equal(first, ['Added a@1']);
  assert.equal(last, ['Added a@1']);
  assert.equal(errors, ['index', 'handler']);
});

test('a handler receives nothing after it unsubscribed, even during a notification', () => {
  const store = new Store<Thing>();
  const heard: string[] = [];
  const stop = store.subscribe((change) => heard.push(brief(change)));
  store.upsert(thing('a', '1'));
  stop();
  stop();
  store.upsert(thing('a', '2'));
  assert.equal(heard, ['Added a@1']);
});

test('resync repeats every stored object', () => {
  const store = new Store<Thing>();
  store.upsert(thing('a', '1', 'red', '1', 'one'));
  store.upsert(thing('b', '2', 'red', '2', 'two'));
  const changes = watched(store);
  store.resync();
  store.resync((o) => o.metadata.namespace === 'two');
  assert.equal(changes, ['Resynced a@1', 'Resynced b@2', 'Resynced b@2']);
});

test.run();
