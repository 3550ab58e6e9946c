import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { KubeObject } from '../../../src/kube/object.ts';
import { type Occurrence, renderEvent, seriesKey, topicKey } from '../../../src/kube/record/event.ts';

const regarding: KubeObject = {
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'w', namespace: 'n', uid: 'u', resourceVersion: '7' },
};
const named = (name: string): KubeObject => ({ ...regarding, metadata: { ...regarding.metadata, name } });
const occurrence: Occurrence = { regarding, type: 'Normal', reason: 'Repaired', action: 'Apply', note: 'put back' };
const reporter = { component: 'palisade', instance: 'palisade-0' };
const now = Date.parse('2026-11-24T03:45:41.381Z');
const nameOf = (name: string) =>
  renderEvent({ ...occurrence, regarding: named(name) }, reporter, now, 'abc').metadata.name;

test('an event in the form that the API server accepts', () => {
  assert.equal(renderEvent(occurrence, reporter, now, 'abc'), {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: 'w.abc', namespace: 'n' },
    eventTime: '2026-11-24T03:45:41.381000Z',
    reportingController: 'palisade',
    reportingInstance: 'palisade-0',
    type: 'Normal',
    reason: 'Repaired',
    action: 'Apply',
    note: 'put back',
    regarding: {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      name: 'w',
      namespace: 'n',
      uid: 'u',
      resourceVersion: '7',
    },
  });
});

test('an object without a namespace has its events in default', () => {
  const { namespace: _, ...metadata } = regarding.metadata;
  const event = renderEvent({ ...occurrence, regarding: { ...regarding, metadata } }, reporter, now, 'abc');
  assert.is(event.metadata.namespace, 'default');
  assert.is(event.regarding.namespace, undefined);
});

const names: [name: string, event: string][] = [
  ['payments', 'payments.abc'],
  ['a.b', 'a.b.abc'],
  ['system:node', 'system-node.abc'],
  ['System:Node:', 'system-node.abc'],
  ['a-.-b', 'a.b.abc'],
  ['::', 'abc'],
  ['x'.repeat(253), `${'x'.repeat(249)}.abc`],
  [`${'x'.repeat(248)}.yyyy`, `${'x'.repeat(248)}.abc`],
];

for (const [name, event] of names) {
  test(`the name of an event on ${name.slice(0, 20)}`, () => {
    assert.is(nameOf(name), event);
    assert.ok(event.length <= 253);
  });
}

test('long texts are truncated by bytes', () => {
  const event = renderEvent(
    { ...occurrence, note: '€'.repeat(500) },
    { ...reporter, instance: 'i'.repeat(253) },
    now,
    'abc',
  );
  assert.ok(Buffer.byteLength(event.note) <= 1024);
  assert.match(event.note, /€…$/);
  assert.is(Buffer.byteLength(event.reportingInstance), 128);
});

for (let before = 1000; before <= 1030; before += 1) {
  test(`a note with a wide character at byte ${before} is well-formed and within the bound`, () => {
    const { note } = renderEvent(
      { ...occurrence, note: `${'x'.repeat(before)}${'😀'.repeat(20)}` },
      reporter,
      now,
      'abc',
    );
    assert.ok(note.isWellFormed());
    assert.ok(Buffer.byteLength(note) <= 1024);
    assert.match(note, /^x{1000}.*…$/);
  });
}

test('a note is one line without characters that steer a terminal', () => {
  const { note } = renderEvent({ ...occurrence, note: 'a\n\u001b[2J\u202eb\ud83d' }, reporter, now, 'abc');
  assert.is(note, 'a \ufffd[2J\ufffdb\ufffd');
});

test('a series is the same object, type, reason, action, related object and note; a topic is the same without the note', () => {
  const key = seriesKey(occurrence);
  assert.is.not(seriesKey({ ...occurrence, note: 'other' }), key);
  assert.is(topicKey({ ...occurrence, note: 'other' }), topicKey(occurrence));
  const long = 'x'.repeat(2000);
  assert.is(
    seriesKey({ ...occurrence, note: long }),
    seriesKey({ ...occurrence, note: `${long}y` }),
    'nobody sees more',
  );
  const newer = { ...regarding, metadata: { ...regarding.metadata, resourceVersion: '8' } };
  assert.is(seriesKey({ ...occurrence, regarding: newer }), key);
  const others: Partial<Occurrence>[] = [
    { regarding: named('x') },
    { regarding: { ...regarding, metadata: { ...regarding.metadata, uid: 'v' } } },
    { related: regarding },
    { type: 'Warning' },
    { reason: 'Other' },
    { action: 'Other' },
    { topic: 'other' },
  ];
  for (const other of others) {
    assert.is.not(seriesKey({ ...occurrence, ...other }), key);
    assert.is.not(topicKey({ ...occurrence, ...other }), topicKey(occurrence));
  }
});

test.run();
