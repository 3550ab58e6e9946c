import type { ServerResponse } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Reflector } from '../../../src/kube/cache/reflector.ts';
import type { ReflectorOptions } from '../../../src/kube/cache/reflector-options.ts';
import { Store } from '../../../src/kube/cache/store.ts';
import type { Clock } from '../../../src/kube/clock.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { KubeClient } from '../../../src/kube/rest/client.ts';
import type { Resource } from '../../../src/kube/rest/resource.ts';
import { until } from '../../harness/until.ts';
import { FakeClock } from '../fake-clock.ts';
import { type Asked, json, type Loopback, loopback, status } from '../loopback.ts';
import { spyLog } from '../spy-log.ts';

const THINGS: Resource = { group: 'example.com', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true };

type Answer = (response: ServerResponse, asked: Asked) => void;

/** What the server answers, one after the other; the last list stays, and after the last watch it is silent. */
interface Script {
  lists: Answer[];
  watches: Answer[];
  /** Answers of lists from a given version, which are probes. */
  probes?: Answer[];
}

const running: { stop: AbortController; done: Promise<void>; server: Loopback }[] = [];

async function stopAll(): Promise<void> {
  for (const { stop, done, server } of running.splice(0)) {
    stop.abort();
    await done;
    await server.close();
  }
}

const thing = (name: string, resourceVersion: string, namespace = 'n') => ({
  metadata: { name, namespace, uid: `uid-${name}`, resourceVersion },
});
const list =
  (resourceVersion: string, ...items: object[]): Answer =>
  (response) =>
    json(response, 200, { metadata: { resourceVersion }, items });
const refuse =
  (code: number, reason: string, details?: object): Answer =>
  (response) =>
    json(response, code, status(code, reason, details));
const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
const events =
  (...lines: string[]): Answer =>
  (response) =>
    response.end(lines.join(''));
const open =
  (...lines: string[]): Answer =>
  (response) => {
    response.flushHeaders();
    if (lines.length > 0) response.write(lines.join(''));
  };
const expired = line('ERROR', status(410, 'Expired'));
const bookmark = (resourceVersion: string) => line('BOOKMARK', { metadata: { resourceVersion } });

function answerWith(script: Script) {
  const last: Answer = script.lists.at(-1)!;
  return (asked: Asked, response: ServerResponse) => {
    if (asked.query.watch) (script.watches.shift() ?? open())(response, asked);
    else if (asked.query.resourceVersion) (script.probes?.shift() ?? list('1'))(response, asked);
    else (script.lists.shift() ?? last)(response, asked);
  };
}

async function reflecting(script: Script, options: Partial<ReflectorOptions<KubeObject>> = {}) {
  const server = await loopback(answerWith(script));
  const { log, lines } = spyLog();
  const store = new Store<KubeObject>();
  const changes: string[] = [];
  store.subscribe(({ type, object }) => changes.push(`${type} ${object.metadata.name}`));
  const client = new KubeClient(server.config, { timeoutMs: 5000 });
  const quick = { backoff: { baseMs: 1, maxMs: 4 }, watchTimeoutSeconds: 5 };
  const reflector = new Reflector({ client, resource: THINGS, store, log, ...quick, ...options });
  const stop = new AbortController();
  const done = reflector.run(stop.signal);
  running.push({ stop, done, server });
  const asked = () =>
    server.asked.map(({ query: { watch, resourceVersion, limit } }) => {
      if (watch) return `watch ${resourceVersion}`;
      return resourceVersion ? `probe ${resourceVersion}` : `list ${limit}`;
    });
  const seen = (...what: string[]) =>
    until(`${what} in ${asked()}`, () => asked().length >= what.length).then(() => {
      assert.equal(asked().slice(0, what.length), what);
    });
  return { server, store, changes, reflector, lines, stop, done, asked, seen };
}

const normal = suite('normal');
normal.after.each(stopAll);

normal('lists, then watches from there with bookmarks and a timeout', async () => {
  const { reflector, store, seen, server } = await reflecting({ lists: [list('10', thing('a', '3'))], watches: [] });
  assert.is(reflector.hasSynced(), false);
  await reflector.synced;
  assert.is(reflector.hasSynced(), true);
  assert.equal(store.list(), [{ apiVersion: 'example.com/v1', kind: 'Thing', ...thing('a', '3') }]);
  await seen('list 500', 'watch 10');
  const { allowWatchBookmarks, timeoutSeconds } = server.asked[1]!.query;
  assert.equal([allowWatchBookmarks, timeoutSeconds], ['true', '5']);
});

normal('asks for its namespace and selectors, and lists in pages', async () => {
  const first: Answer = (response) =>
    json(response, 200, { metadata: { resourceVersion: '10', continue: 'more' }, items: [thing('a', '1')] });
  const script = { lists: [first, list('10', thing('b', '2'))], watches: [] };
  const scope = { namespace: 'n', labelSelector: 'x=y', fieldSelector: 'metadata.name!=z' };
  const { server, store, seen } = await reflecting(script, { ...scope, pageSize: 1 });
  await seen('list 1', 'list 1', 'watch 10');
  assert.equal(
    server.asked.map((one) => one.path),
    Array(3).fill('/apis/example.com/v1/namespaces/n/things'),
  );
  for (const { query } of server.asked) {
    assert.equal([query.labelSelector, query.fieldSelector], ['x=y', 'metadata.name!=z']);
  }
  assert.is(server.asked[1]!.query.continue, 'more');
  assert.equal(store.keys(), ['n/a', 'n/b']);
});

normal('events reach the store', async () => {
  const watch = open(
    line('ADDED', thing('b', '11')),
    line('MODIFIED', thing('a', '12')),
    line('DELETED', thing('b', '13')),
  );
  const { changes } = await reflecting({ lists: [list('10', thing('a', '3'))], watches: [watch] });
  await until('the events', () => changes.length === 4);
  assert.equal(changes, ['Added a', 'Added b', 'Modified a', 'Deleted b']);
});

normal('a clean close is resumed from the last version, without a list and without a log line', async () => {
  const watches = [events(line('ADDED', thing('b', '11'))), events(bookmark('99'))];
  const { seen, lines } = await reflecting({ lists: [list('10')], watches });
  await seen('list 500', 'watch 10', 'watch 11', 'watch 99');
  assert.equal(lines, []);
});

normal('resync repeats what is stored', async () => {
  const script = { lists: [list('10', thing('a', '3'))], watches: [] };
  const { changes } = await reflecting(script, { resyncMs: 5 });
  await until('two resyncs', () => changes.filter((change) => change === 'Resynced a').length >= 2);
  assert.is(changes[0], 'Added a');
});

normal('the time of a resync varies by 10 %', async () => {
  for (const [random, ms] of [
    [0, 900],
    [1, 1100],
  ] as const) {
    const clock = new FakeClock();
    const script = { lists: [list('10', thing('a', '3'))], watches: [] };
    const { changes, seen } = await reflecting(script, { resyncMs: 1000, clock, random: () => random });
    await seen('list 500', 'watch 10');
    await clock.advance(ms - 1);
    assert.equal(changes, ['Added a']);
    await clock.advance(1);
    assert.equal(changes, ['Added a', 'Resynced a']);
  }
});

normal('reflectors of several namespaces feed one store and leave each other alone', async () => {
  const store = new Store<KubeObject>();
  const one = { lists: [list('10', thing('a', '3', 'one')), list('20')], watches: [events(expired)] };
  const two = { lists: [list('10', thing('a', '3', 'two'))], watches: [] };
  const second = await reflecting(two, { store, namespace: 'two' });
  await second.reflector.synced;
  const first = await reflecting(one, { store, namespace: 'one' });
  await first.seen('list 500', 'watch 10', 'list 500', 'watch 20');
  assert.equal(store.keys(), ['two/a']);
});

normal('a reflector of one object leaves the others of its store alone', async () => {
  const store = new Store<KubeObject>();
  const all = await reflecting({ lists: [list('10', thing('a', '3'), thing('b', '4'))], watches: [] }, { store });
  await all.reflector.synced;
  const script = { lists: [list('10', thing('a', '3')), list('20')], watches: [events(expired)] };
  const owns = (o: KubeObject) => o.metadata.name === 'a';
  const one = await reflecting(script, { store, owns, fieldSelector: 'metadata.name=a' });
  await one.seen('list 500', 'watch 10', 'list 500', 'watch 20');
  assert.equal(store.keys(), ['n/b']);
});

normal('staleness grows in silence and ends with a list, a watch that opens, an event or a bookmark', async () => {
  const clock = new FakeClock();
  let say: (text: string) => void = () => undefined;
  const watch: Answer = (response) => {
    response.flushHeaders();
    say = (text) => response.write(text);
  };
  const { reflector, seen } = await reflecting({ lists: [list('10')], watches: [watch] }, { clock });
  await seen('list 500', 'watch 10');
  const stale = () => reflector.stalenessSeconds(clock.now());
  for (const text of [bookmark('11'), line('ADDED', thing('b', '12'))]) {
    await clock.advance(3000);
    assert.is(stale(), 3);
    say(text);
    await until('a sign of life', () => stale() === 0);
  }
});

normal(
  'it is stuck when nothing moves for twice the longest silence, and never before it runs or after its end',
  async () => {
    const clock = new FakeClock();
    const { reflector, seen, stop, done } = await reflecting({ lists: [list('10')], watches: [] }, { clock });
    await seen('list 500', 'watch 10');
    const { server } = running[0]!;
    await until('the watch is open', () => server.open() > 0 && !reflector.isStuck(clock.now() + 30_000));
    assert.is(reflector.isStuck(clock.now() + 30_001), true, 'silent for 5 s, and 10 s more');
    // Cut by the silence guard, and reopened: that is progress.
    await clock.advance(20_000);
    await seen('list 500', 'watch 10', 'probe 10', 'watch 10');
    assert.is(reflector.isStuck(clock.now() + 29_000), false);
    stop.abort();
    await done;
    assert.is(reflector.isStuck(clock.now() + 3_600_000), false);
  },
);

normal('an API server that is away or asks to wait makes it stale, and not stuck', async () => {
  const clock = new FakeClock();
  const later: Answer = (response) => json(response, 429, status(429, 'TooManyRequests'), { 'retry-after': '3600' });
  const { reflector, lines } = await reflecting({ lists: [later], watches: [] }, { clock });
  for (let hour = 0; hour < 3; hour += 1) {
    await until('it waits', () => clock.pending > 0);
    assert.is(reflector.isStuck(clock.now() + 3_600_000), false);
    await clock.advance(3_600_000);
  }
  assert.is(reflector.stalenessSeconds(clock.now()) >= 10_800, true);
  assert.ok(lines.length > 0);
});

normal('metrics count lists and are asked for staleness while it runs', async () => {
  const relisted: string[] = [];
  const watching = new Set<string>();
  const metrics = {
    relisted: (resource: string) => relisted.push(resource),
    watching: (resource: string) => {
      watching.add(resource);
      return () => watching.delete(resource);
    },
  };
  const { reflector } = await reflecting({ lists: [list('10')], watches: [] }, { metrics });
  await reflector.synced;
  assert.equal(relisted, ['things.example.com']);
  assert.equal([...watching], ['things.example.com']);
  await stopAll();
  assert.equal([...watching], []);
});

normal.run();

const faults = suite('faults');
faults.after.each(stopAll);

faults('410 inside a watch: a new list, with synthesised deletes', async () => {
  const lists = [list('10', thing('a', '3'), thing('b', '4')), list('50', thing('b', '4'), thing('c', '45'))];
  const { changes, seen } = await reflecting({ lists, watches: [events(expired)] });
  await seen('list 500', 'watch 10', 'list 500', 'watch 50');
  assert.equal(changes, ['Added a', 'Added b', 'Deleted a', 'Added c']);
});

faults('410 as the answer to a watch: a new list', async () => {
  const { seen } = await reflecting({ lists: [list('10'), list('50')], watches: [refuse(410, 'Expired')] });
  await seen('list 500', 'watch 10', 'list 500', 'watch 50');
});

faults('410 for the next page: the list starts again', async () => {
  const first: Answer = (response) =>
    json(response, 200, { metadata: { resourceVersion: '10', continue: 'more' }, items: [thing('a', '1')] });
  const lists = [first, refuse(410, 'Expired'), list('20', thing('b', '2'))];
  const { store, seen, server } = await reflecting({ lists, watches: [] });
  await seen('list 500', 'list 500', 'list 500', 'watch 20');
  assert.is(server.asked[2]!.query.continue, undefined);
  assert.equal(store.keys(), ['n/b']);
});

faults('repeated 410 responses are retried with backoff', async () => {
  const clock = new FakeClock();
  const watches = Array(3).fill(events(expired));
  const script = { lists: [list('10')], watches };
  const { seen } = await reflecting(script, { clock, backoff: { baseMs: 1000, maxMs: 9000 }, random: () => 1 });
  await seen('list 500', 'watch 10', 'list 500', 'watch 10');
  await until('a pause', () => clock.next === 2000);
});

faults('an event that is too large ends the watch, which is tried again with backoff', async () => {
  const clock = new FakeClock();
  const large = line('ADDED', { ...thing('b', '11'), data: 'x'.repeat(300_000) });
  const watches = Array(3).fill(open(large));
  const script = { lists: [list('10')], watches };
  const backoff = { baseMs: 1000, maxMs: 9000 };
  const { lines, seen } = await reflecting(script, { clock, maxBytes: 100_000, backoff, random: () => 1 });
  for (const pause of [1000, 2000, 4000]) {
    await until(`a pause of ${pause}`, () => clock.next === pause);
    await clock.advance(pause);
  }
  await seen('list 500', ...Array(3).fill(['watch 10', 'probe 10']).flat(), 'watch 10');
  assert.equal(
    lines.filter(({ level }) => level === 'warn').map(({ why }) => why),
    ['GET /apis/example.com/v1/things: an event has more than 100000 bytes'],
  );
});

faults('a list whose object is too large is tried again with backoff, and the cache stays', async () => {
  const clock = new FakeClock();
  const large = list('20', { ...thing('b', '11'), data: 'x'.repeat(300_000) });
  const lists = [list('10', thing('a', '3')), large];
  const options = { clock, maxBytes: 100_000, pageSize: 2, backoff: { baseMs: 1000, maxMs: 9000 }, random: () => 1 };
  const { lines, store, seen } = await reflecting({ lists, watches: [events(expired)] }, options);
  for (const pause of [2000, 4000]) {
    await until(`a pause of ${pause}`, () => clock.next === pause);
    await clock.advance(pause);
  }
  await seen('list 2', 'watch 10', ...Array(3).fill(['list 2', 'list 1']).flat());
  assert.equal(store.keys(), ['n/a']);
  assert.equal(
    lines.filter(({ level }) => level === 'warn').map(({ why }) => why),
    ['GET /apis/example.com/v1/things: an object has more than 100000 bytes'],
  );
});

faults('a connection that breaks is resumed, after asking whether the server knows the version', async () => {
  const broken: Answer = (response) => {
    response.write(line('ADDED', thing('b', '11')));
    setTimeout(() => response.destroy(), 5);
  };
  const { seen, lines } = await reflecting({ lists: [list('10')], watches: [broken] });
  await seen('list 500', 'watch 10', 'probe 11', 'watch 11');
  assert.equal(
    lines.map(({ level, failure }) => [level, failure]),
    [['warn', 'Network']],
  );
});

for (const [what, rest] of [
  ['cut short', '{"type":"MODI'],
  ['that is not JSON', 'oops\n'],
] as const) {
  faults(`a line ${what} is a broken connection`, async () => {
    const watches = [events(line('ADDED', thing('b', '11')), rest)];
    const { seen, store } = await reflecting({ lists: [list('10')], watches });
    await seen('list 500', 'watch 10', 'probe 11', 'watch 11');
    assert.equal(store.keys(), ['n/b']);
  });
}

faults('a silent watch is cut and resumed, and its connection does not stay', async () => {
  let closed = false;
  const silent: Answer = (response) => {
    response.flushHeaders();
    response.on('close', () => {
      closed = true;
    });
  };
  const { seen, lines } = await reflecting({ lists: [list('10')], watches: [silent] }, { idleTimeoutMs: 60 });
  await seen('list 500', 'watch 10', 'probe 10', 'watch 10');
  assert.match(String(lines[0]!.why), 'silent for 60 ms');
  await until('the connection to end', () => closed);
});

faults('an event keeps a watch from being cut', async () => {
  const clock = new FakeClock();
  let say: (text: string) => void = () => undefined;
  const watch: Answer = (response) => {
    response.flushHeaders();
    say = (text) => response.write(text);
  };
  const script = { lists: [list('10')], watches: [watch] };
  const { seen, reflector, asked } = await reflecting(script, { clock, idleTimeoutMs: 1000 });
  await seen('list 500', 'watch 10');
  for (let i = 11; i < 14; i += 1) {
    await clock.advance(999);
    say(bookmark(String(i)));
    await until('a sign of life', () => reflector.stalenessSeconds(clock.now()) === 0);
  }
  assert.is(asked().length, 2);
  await clock.advance(1000);
  await until('the pause after the cut', () => clock.pending > 0);
  await clock.advance(30_000);
  await seen('list 500', 'watch 10', 'probe 13', 'watch 13');
});

faults('a server that went back in time: a new list wins over newer objects', async () => {
  const future = refuse(504, 'Timeout', { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 1 });
  const broken: Answer = (response) => response.destroy();
  const script = {
    lists: [list('1000', thing('a', '900'), thing('b', '950')), list('500', thing('a', '400'))],
    watches: [broken],
    probes: [future],
  };
  const { seen, store, lines } = await reflecting(script);
  await seen('list 500', 'watch 1000', 'probe 1000', 'list 500', 'watch 500');
  assert.equal(
    store.list().map((o) => o.metadata.resourceVersion),
    ['400'],
  );
  assert.is(
    lines.at(-1)?.msg,
    'the API server has older data than before, as after a restore of etcd: the cache follows it',
  );
});

faults('a watch that opened in silence and ended is not trusted', async () => {
  const clock = new FakeClock();
  let end: () => void = () => undefined;
  const quiet: Answer = (response) => {
    response.flushHeaders();
    end = () => response.end();
  };
  const { seen } = await reflecting({ lists: [list('10')], watches: [quiet] }, { clock });
  await seen('list 500', 'watch 10');
  await clock.advance(2000);
  end();
  await seen('list 500', 'watch 10', 'probe 10', 'watch 10');
});

for (const [code, reason] of [
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
] as const) {
  faults(`${code} is logged once, retried without end, and logged again when it ends`, async () => {
    const no = refuse(code, reason);
    const lists = [...Array(5).fill(no), list('10', thing('a', '1'))];
    const { store, lines, reflector, seen } = await reflecting({ lists, watches: [no, no, events(bookmark('11'))] });
    await reflector.synced;
    await seen(...Array(6).fill('list 500'), 'watch 10', 'probe 10', 'watch 10', 'probe 10', 'watch 10', 'watch 11');
    assert.equal(store.keys(), ['n/a']);
    const loud = lines.filter((one) => one.level !== 'debug').map(({ level, msg }) => [level, msg]);
    assert.equal(loud, [
      ['error', 'the operator may not watch this resource: apply config/rbac; will retry'],
      ['info', 'watching again'],
    ]);
  });
}

faults('another kind of failure is logged again', async () => {
  const lists = [refuse(403, 'Forbidden'), refuse(403, 'Forbidden'), refuse(404, 'NotFound'), list('10')];
  const { lines, reflector } = await reflecting({ lists, watches: [] });
  await reflector.synced;
  const loud = lines.filter((one) => one.level !== 'debug').map(({ level, failure }) => [level, failure]);
  assert.equal(loud, [
    ['error', 'Forbidden'],
    ['warn', 'NotFound'],
  ]);
});

faults('an absent resource is awaited, or counts as an empty list where that is allowed', async () => {
  const absent = () => ({ lists: [refuse(404, 'NotFound')], watches: [] });
  const strict = await reflecting(absent());
  const lenient = await reflecting(absent(), { mayBeAbsent: true });
  await lenient.reflector.synced;
  await strict.seen('list 500', 'list 500');
  assert.equal([strict.reflector.hasSynced(), lenient.store.list()], [false, []]);
});

faults('a forbidden resource is awaited, or skipped where that is allowed; then nothing is known', async () => {
  const script = { lists: [refuse(403, 'Forbidden'), list('10', thing('a', '3'))], watches: [] };
  const { reflector, store, changes } = await reflecting(script, { mayBeForbidden: true });
  await reflector.synced;
  assert.equal([store.listed, store.list()], [false, []]);
  await until('it may', () => changes.length > 0);
  assert.is(store.listed, true);
});

faults('another failure is no empty list', async () => {
  const script = { lists: [refuse(403, 'Forbidden')], watches: [] };
  const { reflector, seen } = await reflecting(script, { mayBeAbsent: true });
  await seen('list 500', 'list 500');
  assert.is(reflector.hasSynced(), false);
});

faults('a resource that was absent is listed when it appears', async () => {
  const script = { lists: [refuse(404, 'NotFound'), list('10', thing('a', '3'))], watches: [] };
  const { changes } = await reflecting(script, { mayBeAbsent: true });
  await until('it is there', () => changes.length > 0);
  assert.equal(changes, ['Added a']);
});

faults('pauses grow with each failure, and one event ends that', async () => {
  const clock = new FakeClock();
  const no = refuse(500, 'InternalError');
  const script = { lists: [no, no, no, list('10')], watches: [events(bookmark('11')), no] };
  const { reflector } = await reflecting(script, {
    ...{ clock, backoff: { baseMs: 100, maxMs: 1000 }, random: () => 1, idleTimeoutMs: 999_999 },
  });
  for (const wait of [100, 200, 400]) {
    await until(`a pause of ${wait}`, () => clock.next === wait);
    await clock.advance(wait);
  }
  await reflector.synced;
  await until('the first pause again', () => clock.next === 100);
});

faults('the Retry-After of the server is respected', async () => {
  const clock = new FakeClock();
  const busy: Answer = (response) => json(response, 429, status(429, 'TooManyRequests'), { 'retry-after': '7' });
  await reflecting({ lists: [busy, list('10')], watches: [] }, { clock });
  await until('a pause of 7 s', () => clock.next === 7000);
});

faults('a server that closes every watch at once is not requested in a tight loop', async () => {
  const clock = new FakeClock();
  const script = { lists: [list('10')], watches: [events()] };
  const { asked } = await reflecting(script, { clock, backoff: { baseMs: 100, maxMs: 1000 }, random: () => 1 });
  await until('a pause', () => clock.next === 100);
  assert.equal(asked(), ['list 500', 'watch 10']);
});

faults.run();

const transforming = suite('transform');
transforming.after.each(stopAll);

const picky = (raw: KubeObject): KubeObject => {
  if ((raw as { bad?: boolean }).bad) throw new Error('cannot read it');
  return { ...raw, kind: 'Projected' };
};

transforming('runs before caching, for lists and events', async () => {
  const watches = [open(line('ADDED', { apiVersion: 'v1', kind: 'Thing', ...thing('b', '11') }))];
  const { store } = await reflecting({ lists: [list('10', thing('a', '3'))], watches }, { transform: picky });
  await until('both', () => store.keys().length === 2);
  assert.equal(
    store.list().map((o) => o.kind),
    ['Projected', 'Projected'],
  );
});

transforming('an object for which it throws is logged and left out, and the watch continues', async () => {
  const bad = (name: string, version: string) => ({ ...thing(name, version), bad: true });
  const lists = [list('10', bad('a', '1'), thing('b', '2'))];
  const watches = [open(line('MODIFIED', bad('b', '11')), line('ADDED', thing('c', '12')))];
  const { store, lines, asked } = await reflecting({ lists, watches }, { transform: picky });
  await until('the event after it', () => store.get('n/c'));
  assert.is(store.get('n/a'), undefined);
  assert.is(store.get('n/b')?.metadata.resourceVersion, '2', 'its last known state stays');
  assert.equal(
    lines.map(({ level, object }) => [level, object]),
    [
      ['error', 'n/a'],
      ['error', 'n/b'],
    ],
  );
  assert.is(asked().length, 2);
});

transforming('an object that became unreadable is not treated as deleted, but its deletion is seen', async () => {
  const bad = { ...thing('a', '40'), bad: true };
  const lists = [list('10', thing('a', '3')), list('50', bad)];
  const deleted = { ...bad, metadata: thing('a', '52').metadata };
  const watches = [events(expired), open(line('ADDED', thing('b', '51')), line('DELETED', deleted))];
  const { changes } = await reflecting({ lists, watches }, { transform: picky });
  await until('the events', () => changes.length === 3);
  assert.equal(changes, ['Added a', 'Added b', 'Deleted a']);
});

transforming.run();

const ending = suite('ending');

for (const [what, script] of [
  ['while it watches', { lists: [list('10')], watches: [] }],
  ['while it lists', { lists: [() => undefined], watches: [] }],
  ['in backoff', { lists: [refuse(500, 'InternalError')], watches: [] }],
] as [string, Script][]) {
  ending(`${what}: run resolves, and no timer and no socket is left`, async () => {
    let timers = 0;
    const counted: Clock = {
      now: () => Date.now(),
      after: (ms, callback) => {
        timers += 1;
        let over = false;
        const end = () => {
          if (!over) timers -= 1;
          over = true;
        };
        const timer = setTimeout(() => {
          end();
          callback();
        }, ms);
        return () => {
          clearTimeout(timer);
          end();
        };
      },
    };
    const options = { clock: counted, resyncMs: 60_000, backoff: { baseMs: 60_000, maxMs: 60_000 } };
    const { server, stop, done } = await reflecting(script, options);
    const unhandled: unknown[] = [];
    const catching = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', catching);
    await until('a request', () => server.asked.length >= script.lists.length);
    await until('a timer', () => timers > 0);
    stop.abort();
    await done;
    assert.is(timers, 0);
    await server.close();
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('unhandledRejection', catching);
    assert.equal(unhandled, []);
    running.length = 0;
  });
}

ending('the connection of the watch ends with it', async () => {
  let closed = false;
  const quiet: Answer = (response) => {
    response.flushHeaders();
    response.on('close', () => {
      closed = true;
    });
  };
  const { seen, stop, done, lines } = await reflecting({ lists: [list('10')], watches: [quiet] });
  await seen('list 500', 'watch 10');
  stop.abort();
  await done;
  await until('the connection to end', () => closed);
  assert.equal(lines, [], 'an end is no failure');
  await stopAll();
});

ending('a reflector whose signal has ended sends no request', async () => {
  const server = await loopback(() => undefined);
  const client = new KubeClient(server.config);
  const store = new Store<KubeObject>();
  await new Reflector({ client, resource: THINGS, store, log: spyLog().log }).run(AbortSignal.abort());
  assert.is(server.asked.length, 0);
  await server.close();
});

ending.run();
