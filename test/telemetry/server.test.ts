import { connect, type Socket } from 'node:net';
import { Gauge, Registry } from 'prom-client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Listening, listen, serveHealth, serveMetrics } from '../../src/telemetry/server.ts';
import { until } from '../harness/until.ts';

/** As many as a port has. */
const MOST = 128;

const closing: (() => unknown)[] = [];
const test = suite('ports under slow clients');
test.after.each(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const serving = async (started: Promise<Listening>): Promise<string> => {
  const listening = await started;
  closing.push(() => listening.close());
  return listening.address;
};

interface Client {
  readonly socket: Socket;
  readonly text: () => string;
  readonly isClosed: () => boolean;
}

/** @param from an address of this machine */
const open = async (address: string, text: string, from = '127.0.0.1'): Promise<Client> => {
  const [host, port] = address.split(':') as [string, string];
  const socket = connect({ host, port: Number(port), localAddress: from });
  let [closed, read] = [false, ''];
  socket
    .on('error', () => undefined)
    .on('close', () => {
      closed = true;
    });
  socket.on('data', (part) => {
    read += part;
  });
  closing.push(() => socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(text);
  return { socket, isClosed: () => closed, text: () => read };
};

const PARTS: readonly [what: string, text: string][] = [
  ['that send nothing', ''],
  ['that send a part of a header', 'GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: '],
  ['that send a part of a body', 'GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{'],
  ['that have got an answer', 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'],
];

for (const [what, text] of PARTS) {
  test(`${MOST} connections ${what} silence neither health, metrics nor reports`, async () => {
    const registry = new Registry();
    new Gauge({ name: 'a', help: 'a', registers: [registry] }).set(1);
    const health = await serving(serveHealth('127.0.0.1:0', { '/healthz': () => undefined }));
    const metrics = await serving(serveMetrics('127.0.0.1:0', registry));
    const reports = await serving(listen('127.0.0.1:0', (_, response) => response.end('a report')));
    const ports = [
      [health, '/healthz', 'ok\n'],
      [metrics, '/metrics', '# HELP a a\n# TYPE a gauge\na 1\n'],
      [reports, '/', 'a report'],
    ] as const;
    for (const [address] of ports) for (let i = 0; i < MOST + 10; i += 1) await open(address, text);
    for (const [address, path, expected] of ports) {
      for (let i = 0; i < 3; i += 1) assert.is(await (await fetch(`http://${address}${path}`)).text(), expected);
    }
  });
}

test('the connections of one address make room for those of others, the oldest first', async () => {
  const address = await serving(serveHealth('127.0.0.1:0', { '/healthz': () => undefined }));
  const others = [await open(address, '', '127.0.0.2'), await open(address, '', '127.0.0.3')];
  const many: Client[] = [];
  for (let i = 0; i < MOST + 8; i += 1) many.push(await open(address, '', '127.0.0.4'));
  await until('ten are closed', () => many.filter((client) => client.isClosed()).length === 10);
  assert.equal(
    many.map((client) => client.isClosed()),
    many.map((_, i) => i < 10),
  );
  assert.equal(
    others.map((client) => client.isClosed()),
    [false, false],
  );
});

test('a connection that waits for its client makes room before one that is being answered', async () => {
  const gate = Promise.withResolvers<void>();
  let answering = 0;
  const address = await serving(
    listen('127.0.0.1:0', async (_, response) => {
      answering += 1;
      await gate.promise;
      response.end('done');
    }),
  );
  const answered = await open(address, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await until('it is being answered', () => answering === 1);
  const many: Client[] = [];
  for (let i = 0; i < 2 * MOST; i += 1) many.push(await open(address, ''));
  await until('half are closed', () => many.filter((client) => client.isClosed()).length === MOST + 1);
  gate.resolve();
  await until('the answer', () => answered.text().endsWith('done'));
});

test('clients that never read their answers do not keep others out', async () => {
  const large = Buffer.alloc(16 << 20, 'x');
  const address = await serving(
    listen('127.0.0.1:0', (request, response) => response.end(request.url === '/large' ? large : 'small')),
  );
  for (let i = 0; i < MOST + 10; i += 1) {
    const { socket } = await open(address, 'GET /large HTTP/1.1\r\nHost: a\r\n\r\n');
    socket.pause();
  }
  assert.is(await (await fetch(`http://${address}/small`)).text(), 'small');
});

test('a header that drips is cut off within seconds', async () => {
  const address = await serving(serveHealth('127.0.0.1:0', { '/healthz': () => undefined }));
  const slow = await open(address, 'GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ');
  const drip = setInterval(() => slow.socket.write('x'), 200);
  closing.push(() => clearInterval(drip));
  await until('it is cut off', () => slow.isClosed(), 20_000);
});

test('many and long headers are refused, and the connection ends', async () => {
  const address = await serving(serveHealth('127.0.0.1:0', { '/healthz': () => undefined }));
  const long = await open(address, `GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(20_000)}`);
  await until('it is refused', () => long.text().startsWith('HTTP/1.1 431 '));
  await until('it is closed', () => long.isClosed());
});

test.run();
