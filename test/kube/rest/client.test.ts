import { type AddressInfo, createServer, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EVENTS, PODS } from '../../../src/kube/kinds.ts';
import { KubeClient, type RequestEvent, type WatchEvent } from '../../../src/kube/rest/client.ts';
import { ApiError, NetworkError } from '../../../src/kube/rest/errors.ts';
import { until } from '../../harness/until.ts';
import { type Answerer, configFor, json, type Loopback, loopback, status } from '../loopback.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'n' } };

const servers: Loopback[] = [];

async function against(answer: Answerer, options: ConstructorParameters<typeof KubeClient>[1] = {}) {
  const server = await loopback(answer);
  servers.push(server);
  return { server, client: new KubeClient(server.config, options) };
}

async function failureOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error('did not fail');
}

const tidy = async () => {
  for (const server of servers.splice(0)) await server.close();
};

const asking = suite('what is asked');
asking.after(tidy);

asking('get: path, token, user agent', async () => {
  const { server, client } = await against((_, response) => json(response, 200, pod), { userAgent: 'tester/1' });
  assert.equal(await client.get(PODS, 'p', 'n'), pod);
  const [one] = server.asked;
  assert.equal([one!.method, one!.path, one!.query], ['GET', '/api/v1/namespaces/n/pods/p', {}]);
  assert.is(one!.headers.authorization, 'Bearer secret');
  assert.is(one!.headers['user-agent'], 'tester/1');
});

asking('list: options become the query, absent ones do not', async () => {
  const list = { metadata: { resourceVersion: '7', continue: 'c' }, items: [{ metadata: { name: 'p' } }] };
  const { server, client } = await against((_, response) => json(response, 200, list));
  const page = await client.list(PODS, { labelSelector: 'a=b,c', limit: 5, continue: 'x', namespace: undefined });
  assert.equal(page.items, [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } }]);
  assert.is(page.metadata.continue, 'c');
  assert.is(server.asked[0]!.path, '/api/v1/pods');
  assert.equal(server.asked[0]!.query, { labelSelector: 'a=b,c', limit: '5', continue: 'x' });
});

asking('list: an empty list of Go is null', async () => {
  const { client } = await against((_, response) => json(response, 200, { metadata: {}, items: null }));
  assert.equal((await client.list(PODS)).items, []);
});

asking('apply: strict, with manager, force and dry-run', async () => {
  const { server, client } = await against((_, response) =>
    json(response, 201, pod, { warning: '299 - "a, \\"b\\"", 299 - "c"' }),
  );
  const result = await client.apply(PODS, pod, { fieldManager: 'm', force: true, dryRun: true, subresource: 'status' });
  assert.equal(result, { object: pod, created: true, warnings: ['a, "b"', 'c'] });
  const [one] = server.asked;
  assert.equal([one!.method, one!.path], ['PATCH', '/api/v1/namespaces/n/pods/p/status']);
  assert.equal(one!.query, { fieldManager: 'm', force: 'true', dryRun: 'All', fieldValidation: 'Strict' });
  assert.is(one!.headers['content-type'], 'application/apply-patch+yaml');
  assert.equal(JSON.parse(one!.body), pod);
});

asking('apply: 200 is not created, and force is off unless asked for', async () => {
  const { server, client } = await against((_, response) => json(response, 200, pod));
  assert.is((await client.apply(PODS, pod, { fieldManager: 'm' })).created, false);
  assert.is(server.asked[0]!.query.force, 'false');
});

for (const [type, contentType] of [
  ['merge', 'application/merge-patch+json'],
  ['json', 'application/json-patch+json'],
] as const) {
  asking(`patch: ${type}`, async () => {
    const { server, client } = await against((_, response) => json(response, 200, pod));
    await client.patch(PODS, 'p', { a: 1 }, { namespace: 'n', type });
    assert.is(server.asked[0]!.headers['content-type'], contentType);
    assert.equal(server.asked[0]!.query, { fieldValidation: 'Strict' });
  });
}

asking('create: the collection, or a subresource of an object', async () => {
  const { server, client } = await against((_, response) => json(response, 201, pod));
  await client.create(PODS, pod, { namespace: 'n', fieldManager: 'm' });
  await client.create(PODS, {}, { namespace: 'n', name: 'p', subresource: 'eviction', dryRun: true });
  assert.equal(
    server.asked.map((one) => one.path),
    ['/api/v1/namespaces/n/pods', '/api/v1/namespaces/n/pods/p/eviction'],
  );
  assert.equal(server.asked[0]!.query, { fieldManager: 'm', fieldValidation: 'Strict' });
});

asking('delete: preconditions and propagation in the body', async () => {
  const { server, client } = await against((_, response) => json(response, 200, {}));
  await client.delete(PODS, 'p', { namespace: 'n', uid: 'u', propagationPolicy: 'Foreground' });
  await client.delete(PODS, 'p', { namespace: 'n' });
  const options = { apiVersion: 'v1', kind: 'DeleteOptions' };
  assert.equal(
    server.asked.map((one) => JSON.parse(one.body)),
    [{ ...options, preconditions: { uid: 'u' }, propagationPolicy: 'Foreground' }, options],
  );
});

asking('podLog: the text of one container, and no more than may be read', async () => {
  const { server, client } = await against((_, response) => response.end('line ü\n'.repeat(10)));
  assert.is(await client.podLog('p', 'n', { container: 'c', maxBytes: 80 }), 'line ü\n'.repeat(10));
  const [one] = server.asked;
  assert.equal([one!.method, one!.path, one!.query], ['GET', '/api/v1/namespaces/n/pods/p/log', { container: 'c' }]);
  const error = await failureOf(client.podLog('p', 'n', { container: 'c', maxBytes: 79 }));
  assert.instance(error, NetworkError);
  assert.is(error.message, 'GET /api/v1/namespaces/n/pods/p/log: more than 79 bytes');
});

asking('podLog: a log that is not there is a refusal', async () => {
  const { client } = await against((_, response) => json(response, 404, status(404, 'NotFound')));
  const error = await failureOf(client.podLog('p', 'n', { container: 'c', maxBytes: 1000 }));
  assert.is((error as ApiError).code, 404);
});

asking('a server with a path in front keeps it', async () => {
  const { server } = await against((_, response) => json(response, 200, pod));
  await new KubeClient(configFor(`${server.url}/k8s/clusters/c-1/`)).get(PODS, 'p', 'n');
  assert.is(server.asked[0]!.path, '/k8s/clusters/c-1/api/v1/namespaces/n/pods/p');
});

asking('every request is reported, failed ones too', async () => {
  const events: RequestEvent[] = [];
  const codes = [200, 404];
  const onRequest = (event: RequestEvent) => events.push(event);
  const { client, server } = await against((_, response) => json(response, codes.shift()!, pod), { onRequest });
  await client.get(PODS, 'p', 'n');
  await failureOf(client.get(EVENTS, 'p', 'n'));
  await server.close();
  await failureOf(client.delete(PODS, 'p', { namespace: 'n' }));
  assert.equal(
    events.map(({ method, resource, code }) => [method, resource, code]),
    [
      ['GET', 'pods', 200],
      ['GET', 'events.events.k8s.io', 404],
      ['DELETE', 'pods', 'error'],
    ],
  );
  assert.equal([...new Set(events.map(({ host }) => host))], [new URL(server.url).host]);
  assert.ok(events.every((event) => event.seconds >= 0 && event.seconds < 10));
});

asking.run();

const failing = suite('what goes wrong');
failing.after(tidy);

failing('a refusal is an ApiError with what was asked', async () => {
  const { client } = await against((_, response) => json(response, 403, status(403, 'Forbidden')));
  const error = (await failureOf(client.get(PODS, 'p', 'n'))) as ApiError;
  assert.instance(error, ApiError);
  assert.equal([error.code, error.reason, error.request], [403, 'Forbidden', 'GET /api/v1/namespaces/n/pods/p']);
});

failing('429 with Retry-After says so', async () => {
  const { client } = await against((_, response) =>
    json(response, 429, status(429, 'TooManyRequests'), { 'retry-after': '3' }),
  );
  const error = await failureOf(client.list(PODS));
  assert.is((error as ApiError).retryAfterSeconds, 3);
});

failing('503 with a page of a proxy is an ApiError', async () => {
  const { client } = await against((_, response) =>
    response.writeHead(503, { 'retry-after': '1' }).end('<html>busy</html>'),
  );
  const error = (await failureOf(client.list(PODS))) as ApiError;
  assert.equal([error.code, error.status.message, error.retryAfterSeconds], [503, '<html>busy</html>', 1]);
});

failing('a redirect is refused, so that no token goes elsewhere', async () => {
  const { client, server } = await against((_, response) => response.writeHead(302, { location: '/other' }).end());
  assert.is(((await failureOf(client.list(PODS))) as ApiError).code, 302);
  assert.is(server.asked.length, 1);
});

for (const [what, body] of [
  ['no JSON', 'hello'],
  ['JSON cut short', '{"kind":"Po'],
  ['nothing', ''],
  ['a number', '7'],
] as const) {
  failing(`200 with ${what} is a NetworkError`, async () => {
    const { client } = await against((_, response) => response.end(body));
    const error = await failureOf(client.get(PODS, 'p', 'n'));
    assert.instance(error, NetworkError);
    assert.match(error.message, 'GET /api/v1/namespaces/n/pods/p');
  });
}

failing('an answer cut short is a NetworkError, never a hang', async () => {
  const { client } = await against((_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"kind"');
    setImmediate(() => response.destroy());
  });
  assert.instance(await failureOf(client.get(PODS, 'p', 'n')), NetworkError);
});

failing('a refused connection is a NetworkError with its cause', async () => {
  const { client, server } = await against(() => undefined);
  await server.close();
  const error = await failureOf(client.get(PODS, 'p', 'n'));
  assert.instance(error, NetworkError);
  assert.match(error.message, 'ECONNREFUSED');
});

failing('no answer before the deadline is a NetworkError', async () => {
  const { client } = await against(() => undefined, { timeoutMs: 30 });
  const error = await failureOf(client.get(PODS, 'p', 'n'));
  assert.instance(error, NetworkError);
  assert.match(error.message, 'no answer within 30 ms');
});

failing('a body that stops half-way counts against the deadline too', async () => {
  const { client } = await against((_, response) => response.writeHead(200).write('{'), { timeoutMs: 50 });
  assert.match((await failureOf(client.get(PODS, 'p', 'n'))).message, 'no answer within 50 ms');
});

failing(
  'a server that accepts the connection and never starts TLS delays neither a deadline nor an abort',
  async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket.on('error', () => {})));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const config = configFor(`https://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const client = new KubeClient(config, { timeoutMs: 50 });
    const patient = new KubeClient(config);
    const end = new AbortController();
    const reason = new Error('mine');
    const started = performance.now();
    const watched = async () =>
      void (await patient.watch(PODS, { signal: end.signal, allowWatchBookmarks: true, timeoutSeconds: 9 }).next());
    const aborted = [failureOf(patient.get(PODS, 'p', 'n', { signal: end.signal })), failureOf(watched())];
    assert.match((await failureOf(client.get(PODS, 'p', 'n'))).message, 'no answer within 50 ms');
    end.abort(reason);
    assert.equal(await Promise.all(aborted), [reason, reason]);
    // undici gives up by itself after ten seconds.
    assert.ok(performance.now() - started < 9_000);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  },
);

failing('a credential plugin that hangs counts against the deadline too', async () => {
  const config = configFor('http://127.0.0.1:1');
  config.applySecurityAuthentication = () => new Promise(() => undefined);
  const client = new KubeClient(config, { timeoutMs: 20 });
  assert.match((await failureOf(client.list(PODS))).message, 'no answer within 20 ms');
});

failing("the caller's signal ends a request with the caller's reason", async () => {
  const { client, server } = await against(() => undefined);
  const stop = new AbortController();
  const work = failureOf(client.list(PODS, { signal: stop.signal }));
  await until('the request', () => server.asked.length === 1);
  stop.abort(new Error('shutting down'));
  assert.is((await work).message, 'shutting down');
  await until('the connection to end', () => server.open() === 0);
  assert.is((await failureOf(client.list(PODS, { signal: stop.signal }))).message, 'shutting down');
  assert.is(server.asked.length, 1, 'nothing is sent after the end');
});

failing('delete: gone is success, and so is another object under the name', async () => {
  const answers = [
    status(404, 'NotFound'),
    {
      ...status(409, 'Conflict'),
      message:
        'Operation cannot be fulfilled on pods "p": the UID in the precondition (a) does not match the UID in record (b)',
    },
    {
      ...status(409, 'Conflict'),
      message: 'Operation cannot be fulfilled on pods "p": the ResourceVersion in the precondition (1) does not match',
    },
  ];
  const { client } = await against((_, response) => {
    const next = answers.shift() as { code: number };
    json(response, next.code, next);
  });
  await client.delete(PODS, 'p', { namespace: 'n' });
  await client.delete(PODS, 'p', { namespace: 'n', uid: 'a' });
  const error = await failureOf(client.delete(PODS, 'p', { namespace: 'n', resourceVersion: '1' }));
  assert.is((error as ApiError).code, 409);
});

failing.run();

const watching = suite('watch');
watching.after(tidy);

const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
const added = line('ADDED', pod);

async function watch(client: KubeClient, signal = new AbortController().signal, onOpen?: () => void) {
  const events: WatchEvent[] = [];
  const options = {
    allowWatchBookmarks: true,
    timeoutSeconds: 9,
    resourceVersion: '5',
    namespace: 'n',
    signal,
    onOpen,
  };
  let error: Error | undefined;
  try {
    for await (const event of client.watch(PODS, options)) events.push(event);
  } catch (caught) {
    error = caught as Error;
  }
  return { events, error };
}

watching('events until a clean close', async () => {
  let opened = 0;
  const { client, server } = await against((_, response) => response.end(added + line('BOOKMARK', pod)));
  const { events, error } = await watch(client, undefined, () => {
    opened += 1;
  });
  assert.is(error, undefined);
  assert.equal(
    events.map((event) => event.type),
    ['ADDED', 'BOOKMARK'],
  );
  assert.is(opened, 1);
  const query = { watch: 'true', allowWatchBookmarks: 'true', timeoutSeconds: '9', resourceVersion: '5' };
  assert.equal(server.asked[0]!.query, query);
});

watching('an ERROR event carries the Status', async () => {
  const { client } = await against((_, response) => response.end(line('ERROR', status(410, 'Expired'))));
  const [event] = (await watch(client)).events;
  assert.equal([event!.type, (event!.object as { code: number }).code], ['ERROR', 410]);
});

watching('a refused watch is an ApiError', async () => {
  const { client } = await against((_, response) => json(response, 403, status(403, 'Forbidden')));
  const { error } = await watch(client);
  assert.instance(error, ApiError);
  assert.is((error as ApiError).verb, 'watch');
});

for (const [what, rest] of [
  ['cut inside a line', '{"type":"MODIFIED","obj'],
  ['with a line that is not JSON', 'oops\n'],
  ['with a line that is no event', '{"kind":"Pod"}\n'],
  ['with an event without an object', '{"type":"ADDED"}\n'],
] as const) {
  watching(`a watch ${what} is a NetworkError, after the good events`, async () => {
    const { client } = await against((_, response) => response.end(added + rest));
    const { events, error } = await watch(client);
    assert.is(events.length, 1);
    assert.instance(error, NetworkError);
  });
}

watching('a connection that breaks is a NetworkError', async () => {
  const { client } = await against((_, response) => {
    response.write(added);
    setTimeout(() => response.destroy(), 10);
  });
  const { events, error } = await watch(client);
  assert.is(events.length, 1);
  assert.instance(error, NetworkError);
});

watching('headers that do not come count against the deadline, a quiet stream does not', async () => {
  const quiet = await against(() => undefined, { timeoutMs: 30 });
  assert.match((await watch(quiet.client)).error!.message, 'no answer within 30 ms');
  const slow = await against(
    (_, response) => {
      response.flushHeaders();
      setTimeout(() => response.end(added), 150);
    },
    { timeoutMs: 50 },
  );
  const { events, error } = await watch(slow.client);
  assert.is(error, undefined);
  assert.is(events.length, 1);
});

watching("the caller's signal ends the watch and its connection", async () => {
  const { client, server } = await against((_, response) => response.write(added));
  const stop = new AbortController();
  const done = watch(client, stop.signal);
  await until('the watch', () => server.asked.length === 1);
  stop.abort(new Error('shutting down'));
  assert.is((await done).error?.message, 'shutting down');
  await until('the connection to end', () => server.open() === 0);
});

watching('leaving the loop ends the connection', async () => {
  const { client, server } = await against((_, response) => response.write(added));
  const options = { allowWatchBookmarks: true, timeoutSeconds: 9, signal: new AbortController().signal };
  for await (const event of client.watch(PODS, options)) {
    assert.is(event.type, 'ADDED');
    break;
  }
  await until('the connection to end', () => server.open() === 0);
});

watching.run();
