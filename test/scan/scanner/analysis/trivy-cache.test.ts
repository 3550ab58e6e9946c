import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TrivyCache } from '../../../../src/scan/scanner/analysis/trivy-cache.ts';
import { until } from '../../../harness/until.ts';

const MOST = 1000;
const BLOB = `fanal::blob::sha256:${'a'.repeat(64)}`;
const ARTIFACT = `fanal::artifact::sha256:${'b'.repeat(64)}`;
const cache = suite("Trivy's cache");

/** A client that knows the password, or another. */
class Client {
  readonly #socket: Socket;
  readonly #password: string;
  #received = '';
  isClosed = false;

  constructor({ environment }: TrivyCache) {
    const url = new URL(environment.TRIVY_CACHE_BACKEND ?? '');
    this.#password = url.password;
    this.#socket = connect(Number(url.port), url.hostname);
    this.#socket.on('data', (bytes) => {
      this.#received += bytes;
    });
    this.#socket.on('error', () => {});
    this.#socket.once('close', () => {
      this.isClosed = true;
    });
  }

  /** @returns the answer, which ends with `end` */
  async ask(end: string, ...args: readonly string[]): Promise<string> {
    this.#received = '';
    this.send(`*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`);
    await until(`an answer to ${args[0]}`, () => this.#received.endsWith(end) || this.isClosed);
    return this.#received;
  }

  login(): Promise<string> {
    return this.ask('\r\n', 'AUTH', 'palisade', this.#password);
  }

  send(bytes: string): void {
    this.#socket.write(bytes);
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.#socket.destroy();
    await once(this.#socket, 'close');
  }
}

const filled = (...records: readonly (readonly [string, string])[]) =>
  TrivyCache.open({ records: new Map(records.map(([key, value]) => [key, Buffer.from(value)])), mostBytes: MOST });

cache('keeps what is written, and gives it back', async () => {
  await using one = await TrivyCache.open({ mostBytes: MOST });
  const client = new Client(one);
  assert.match(await client.ask('\r\n', 'HELLO', '3', 'auth', 'palisade', 'x'), /^-/, 'go-redis then speaks RESP2');
  assert.is(await client.login(), '+OK\r\n');
  assert.is(await client.ask('\r\n', 'get', BLOB), '$-1\r\n');
  assert.ok(one.isMissed);
  assert.is(await client.ask('\r\n', 'set', BLOB, '{"a":"ü"}'), '+OK\r\n');
  assert.is(await client.ask('}\r\n', 'get', BLOB), '$10\r\n{"a":"ü"}\r\n');
  assert.equal(
    Array.from(one.records, ([key, value]) => [key, String(value)]),
    [[BLOB, '{"a":"ü"}']],
  );
  assert.not.ok(one.isFull);
  await client.close();
});

cache('that is filled is only read', async () => {
  await using one = await filled([ARTIFACT, 'one']);
  const client = new Client(one);
  await client.login();
  assert.is(await client.ask('one\r\n', 'GET', ARTIFACT), '$3\r\none\r\n');
  assert.not.ok(one.isMissed);
  assert.is(await client.ask('\r\n', 'SET', BLOB, '2'), '-ERR it is only read\r\n');
  assert.equal([...one.records.keys()], [ARTIFACT]);
  await client.close();
});

cache('gives nothing without its password, and each has another', async () => {
  await using one = await filled([ARTIFACT, '1']);
  await using other = await filled([ARTIFACT, '2']);
  assert.is.not(one.environment.TRIVY_CACHE_BACKEND, other.environment.TRIVY_CACHE_BACKEND);
  assert.match(one.environment.TRIVY_CACHE_BACKEND ?? '', /^redis:\/\/palisade:[0-9a-f]{64}@127\.0\.0\.1:\d+\?/);
  const client = new Client(one);
  assert.is(await client.ask('\r\n', 'GET', ARTIFACT), '-NOAUTH authentication required\r\n');
  const { password } = new URL(other.environment.TRIVY_CACHE_BACKEND ?? '');
  for (const wrong of [[], [''], [password], ['palisade', password]]) {
    assert.is(await client.ask('\r\n', 'AUTH', ...wrong), '-WRONGPASS wrong password\r\n');
  }
  assert.is(await client.ask('\r\n', 'GET', ARTIFACT), '-NOAUTH authentication required\r\n');
  await client.ask('', 'SET', BLOB, 'x'.repeat(2000));
  await until('a long command without the password ends the connection', () => client.isClosed);
  assert.not.ok(one.isFull);
});

for (const [what, args] of [
  ['another command', ['FLUSHALL']],
  ['a key of something else', ['GET', 'secrets']],
  ['a key that is longer', ['GET', `${BLOB}0`]],
  ['no key', ['GET']],
  ['no value', ['SET', BLOB]],
] as const) {
  cache(`refuses ${what}`, async () => {
    await using one = await TrivyCache.open({ mostBytes: MOST });
    const client = new Client(one);
    await client.login();
    assert.is(await client.ask('\r\n', ...args), '-ERR unknown command\r\n');
    assert.equal([one.isMissed, one.records.size], [false, 0]);
    await client.close();
  });
}

cache('holds no more than it may, in one value or in all', async () => {
  await using one = await TrivyCache.open({ mostBytes: MOST });
  const client = new Client(one);
  await client.login();
  assert.is(await client.ask('\r\n', 'SET', BLOB, 'x'.repeat(600)), '+OK\r\n');
  assert.is(await client.ask('\r\n', 'SET', BLOB, 'y'.repeat(700)), '+OK\r\n', 'in place of the other');
  assert.not.ok(one.isFull);
  assert.is(await client.ask('\r\n', 'SET', ARTIFACT, 'x'.repeat(200)), '-ERR it is full\r\n');
  assert.ok(one.isFull);
  await client.close();

  await using other = await TrivyCache.open({ mostBytes: MOST });
  const long = new Client(other);
  await long.login();
  await long.ask('', 'SET', BLOB, 'x'.repeat(MOST + 200));
  await until('the connection ends', () => long.isClosed);
  assert.ok(other.isFull);
});

cache('ends a connection that sends no commands, and goes on', async () => {
  await using one = await filled([ARTIFACT, '1']);
  const bad = new Client(one);
  bad.send('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await until('the connection ends', () => bad.isClosed);
  const client = new Client(one);
  assert.is(await client.login(), '+OK\r\n');
  await client.close();
});

cache('ends with its scan', async () => {
  const one = await filled();
  const { port } = new URL(one.environment.TRIVY_CACHE_BACKEND ?? '');
  const client = new Client(one);
  await client.login();
  await one[Symbol.asyncDispose]();
  await until('the connection ends', () => client.isClosed);
  const [error] = await once(connect(Number(port), '127.0.0.1'), 'error').catch((cause) => [cause]);
  assert.is(error.code, 'ECONNREFUSED');
});

cache.run();
