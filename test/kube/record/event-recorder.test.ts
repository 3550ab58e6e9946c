import type { ServerResponse } from 'node:http';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { KubeObject } from '../../../src/kube/object.ts';
import type { Occurrence } from '../../../src/kube/record/event.ts';
import { EventRecorder, type EventRecorderOptions } from '../../../src/kube/record/event-recorder.ts';
import { KubeClient } from '../../../src/kube/rest/client.ts';
import { until } from '../../harness/until.ts';
import { FakeClock } from '../fake-clock.ts';
import { type Asked, json, type Loopback, loopback, status } from '../loopback.ts';
import { spyLog } from '../spy-log.ts';

const servers: Loopback[] = [];
test.after(async () => {
  for (const server of servers) await server.close();
});

function on(name: string, extra: Partial<Occurrence> = {}): Occurrence {
  const metadata = { name, namespace: 'n', uid: `uid-${name}`, resourceVersion: '1' };
  const regarding: KubeObject = { apiVersion: 'example.com/v1', kind: 'Widget', metadata };
  return { regarding, type: 'Normal', reason: 'Repaired', action: 'Apply', note: 'put back', ...extra };
}

type Answer = (asked: Asked, response: ServerResponse) => void;
const fine: Answer = (asked, response) => json(response, asked.method === 'POST' ? 201 : 200, {});

async function recording(options: Partial<EventRecorderOptions> = {}, answer: Answer = fine) {
  const state = { answer };
  const server = await loopback((asked, response) => state.answer(asked, response));
  servers.push(server);
  const clock = new FakeClock();
  const { log, lines } = spyLog();
  let n = 0;
  const unique = () => {
    n += 1;
    return `e${n}`;
  };
  const client = new KubeClient(server.config);
  const clocks = { clock: clock.wall, monotonic: clock };
  const basics = { client, component: 'palisade', instance: 'pod-1', log, ...clocks, unique, random: () => 1 };
  const recorder = new EventRecorder({ ...basics, ...options });
  const sent = () =>
    server.asked.map((one) => [one.method, one.path.split('/').slice(5).join('/'), JSON.parse(one.body).series]);
  return { recorder, clock, lines, server, sent, state };
}

const series = (count: number, lastObservedTime: string) => ({ count, lastObservedTime });
const refuse =
  (code: number, reason: string, details?: object): Answer =>
  (_, response) =>
    json(response, code, status(code, reason, details));

test('the first event is created, and repetitions are counted in its series', async () => {
  const { recorder, clock, sent, server } = await recording();
  recorder.record(on('a'));
  await recorder.flush();
  await clock.advance(1000);
  recorder.record(on('a'));
  await recorder.flush();
  await clock.advance(1000);
  recorder.record(on('a'));
  recorder.record(on('a'));
  await recorder.flush();
  await recorder.flush();
  assert.equal(sent(), [
    ['POST', 'n/events', undefined],
    ['PATCH', 'n/events/a.e1', series(2, '2026-01-01T00:00:01.000000Z')],
    ['PATCH', 'n/events/a.e1', series(4, '2026-01-01T00:00:02.000000Z')],
  ]);
  assert.is(server.asked[0]!.query.fieldValidation, 'Strict');
  assert.is(server.asked[1]!.headers['content-type'], 'application/merge-patch+json');
});

test('another note is another event, and the first note still has its series', async () => {
  const { recorder, sent, server } = await recording();
  for (const note of ['created a', 'created b', 'created a']) recorder.record(on('a', { note }));
  await recorder.flush();
  await recorder.flush();
  assert.equal(
    server.asked.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body).note),
    ['created a', 'created b'],
  );
  assert.equal(sent().at(-1), ['PATCH', 'n/events/a.e1', series(2, '2026-01-01T00:00:00.000000Z')]);
});

test('a storm of different notes about one object has 25 events more than one, and then one each 5 minutes', async () => {
  const { recorder, clock, server } = await recording();
  const storm = (until: number) => {
    for (let i = 0; i < until; i += 1) recorder.record(on('a', { note: `${clock.now()} ${i}` }));
  };
  const events = async () => {
    await recorder.flush();
    return server.asked.filter(({ method }) => method === 'POST').length;
  };
  storm(1000);
  assert.equal([await events(), recorder.dropped], [26, 974]);
  recorder.record(on('b'));
  recorder.record(on('a', { reason: 'Other' }));
  assert.is(await events(), 28, 'another object, and the first of another reason');
  await clock.advance(300_000);
  storm(1000);
  assert.is(await events(), 29);
  // All series are older than the window now, and forgotten: the next one is the first again.
  await clock.advance(400_000);
  await recorder.flush();
  storm(1);
  assert.is(await events(), 30);
});

test('facts with topics of their own are not a storm', async () => {
  const { recorder, server } = await recording();
  for (let i = 0; i < 100; i += 1) recorder.record(on('a', { note: `image ${i}`, topic: `image ${i}` }));
  await recorder.flush();
  assert.equal([server.asked.length, recorder.dropped], [100, 0]);
});

test('a storm costs few requests', async () => {
  const { recorder, clock, sent } = await recording();
  const stop = new AbortController();
  const done = recorder.run(stop.signal);
  recorder.record(on('a'));
  await until('the first event', () => sent().length === 1);
  for (let second = 0; second < 60; second += 1) {
    for (let i = 0; i < 100; i += 1) recorder.record(on('a'));
    await clock.advance(1000);
    await until('a pause', () => clock.pending > 0);
  }
  stop.abort();
  await done;
  assert.ok(sent().length <= 8, `${sent().length} requests`);
  assert.is(sent().at(-1)![2].count, 6001, 'and no event is lost');
});

test('a repetition after the window is a new event', async () => {
  const { recorder, clock, sent } = await recording({ windowMs: 60_000 });
  recorder.record(on('a'));
  await recorder.flush();
  await clock.advance(60_001);
  recorder.record(on('a'));
  await recorder.flush();
  assert.equal(
    sent().map(([method, path]) => `${method} ${path}`),
    ['POST n/events', 'POST n/events'],
  );
});

test('two events that were recorded before the first request are one event and then its series', async () => {
  const { recorder, sent } = await recording();
  recorder.record(on('a'));
  recorder.record(on('a'));
  await recorder.flush();
  await recorder.flush();
  assert.equal(sent(), [
    ['POST', 'n/events', undefined],
    ['PATCH', 'n/events/a.e1', series(2, '2026-01-01T00:00:00.000000Z')],
  ]);
});

test('an event that the API server has forgotten is created again', async () => {
  const { recorder, sent, state } = await recording();
  recorder.record(on('a'));
  await recorder.flush();
  state.answer = refuse(404, 'NotFound');
  recorder.record(on('a'));
  await recorder.flush();
  state.answer = fine;
  await recorder.flush();
  assert.equal(
    sent().map(([method]) => method),
    ['POST', 'PATCH', 'POST'],
  );
});

for (const [what, answer] of [
  ['is terminating', refuse(403, 'Forbidden', { causes: [{ reason: 'NamespaceTerminating' }] })],
  ['is gone', refuse(404, 'NotFound')],
] as const) {
  test(`an event for a namespace that ${what} is dropped silently`, async () => {
    const { recorder, sent, lines } = await recording({}, answer);
    recorder.record(on('a'));
    await recorder.flush();
    await recorder.flush();
    assert.is(sent().length, 1);
    assert.is(recorder.dropped, 1);
    assert.equal(
      lines.map((line) => line.level),
      ['debug'],
    );
  });
}

test('an event that is refused is dropped with a warning, and the next one is written', async () => {
  const { recorder, sent, lines, state } = await recording({}, refuse(422, 'Invalid'));
  recorder.record(on('a'));
  await recorder.flush();
  state.answer = fine;
  recorder.record(on('b'));
  await recorder.flush();
  assert.is(sent().length, 2);
  assert.equal(
    lines.map((line) => line.level),
    ['warn'],
  );
});

test('a name that is taken is not a failure', async () => {
  const { recorder, sent, state, server } = await recording({}, refuse(409, 'AlreadyExists'));
  recorder.record(on('a'));
  await recorder.flush();
  state.answer = fine;
  await recorder.flush();
  assert.is(sent().length, 2);
  assert.equal(
    server.asked.map((one) => JSON.parse(one.body).metadata.name),
    ['a.e1', 'a.e2'],
  );
});

test('an unreachable API server is retried with backoff, by one event at a time', async () => {
  const { recorder, clock, sent, lines, state } = await recording({}, refuse(503, 'ServiceUnavailable'));
  const stop = new AbortController();
  const done = recorder.run(stop.signal);
  recorder.record(on('a'));
  recorder.record(on('b'));
  await until('a first attempt', () => lines.length === 1);
  await until('a pause', () => clock.pending > 0);
  recorder.record(on('c'));
  await clock.advance(999);
  assert.is(sent().length, 1, 'a new event does not cut the pause short');
  await clock.advance(1);
  await until('a second attempt', () => lines.length === 2);
  state.answer = fine;
  await until('a pause', () => clock.pending > 0);
  await clock.advance(2000);
  await until('all three', () => sent().length === 5);
  stop.abort();
  await done;
  assert.equal(
    lines.map((line) => line.level),
    ['warn', 'debug'],
  );
});

test('a full buffer drops the oldest and counts it', async () => {
  const { recorder, sent, server } = await recording({ capacity: 2 });
  for (const name of ['a', 'b', 'c']) recorder.record(on(name));
  assert.is(recorder.dropped, 1);
  await recorder.flush();
  assert.equal(
    server.asked.map((one) => JSON.parse(one.body).regarding.name),
    ['b', 'c'],
  );
  recorder.record(on('d'));
  assert.is(recorder.dropped, 1, 'a series that was written can go without loss');
  await recorder.flush();
  assert.is(sent().length, 3);
});

test('a full buffer drops written events before unwritten ones', async () => {
  const { recorder } = await recording({ capacity: 2 });
  recorder.record(on('a'));
  recorder.record(on('b'));
  await recorder.flush();
  recorder.record(on('a'));
  recorder.record(on('c'));
  assert.is(recorder.dropped, 0);
});

test('record never throws', async () => {
  const { recorder, lines } = await recording();
  recorder.record(undefined as unknown as Occurrence);
  recorder.record({ ...on('a'), regarding: undefined as unknown as KubeObject });
  assert.equal(
    lines.map((line) => line.msg),
    ['cannot record an Event', 'cannot record an Event'],
  );
});

test('the remaining events are written at the end, and run leaves no timer', async () => {
  const { recorder, clock, sent } = await recording();
  const stop = new AbortController();
  const done = recorder.run(stop.signal);
  await until('a pause', () => clock.pending > 0);
  recorder.record(on('a'));
  stop.abort();
  await done;
  assert.is(sent().length, 1);
  assert.is(clock.pending, 0);
});

test('the end does not wait for an unresponsive API server', async () => {
  const { recorder, clock, server } = await recording({}, () => undefined);
  const stop = new AbortController();
  recorder.record(on('a'));
  const done = recorder.run(stop.signal);
  await until('the request', () => server.asked.length === 1);
  stop.abort();
  await until('the last attempt', () => server.asked.length === 2);
  await clock.advance(2000);
  await done;
});

test('events of a time in which the clock was a year ahead are written later, with the time that the clock showed', async () => {
  const { recorder, clock, sent } = await recording();
  const stop = new AbortController();
  clock.setWall(Date.parse('2027-01-01T00:00:00Z'));
  recorder.record(on('a'));
  await recorder.flush();
  recorder.record(on('a'));
  clock.setWall(Date.parse('2026-01-01T00:00:00Z'));
  const done = recorder.run(stop.signal);
  await until('it waits', () => clock.pending > 0);
  await clock.advance(10_000);
  await until('the repetition is written', () => sent().length === 2);
  stop.abort();
  await done;
  assert.equal(sent()[1], ['PATCH', 'n/events/a.e1', series(2, '2027-01-01T00:00:00.000000Z')]);
});

test.run();
