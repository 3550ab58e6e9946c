import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { CommandReader, TooLong } from './resp.ts';

/** Only this process and its children reach it. */
const LOOPBACK = '127.0.0.1';
/** As go-redis opens them for a few processors. */
const MOST_CONNECTIONS = 64;
/** Of a client that has not sent the password. */
const MOST_BYTES_BEFORE_PASSWORD = 1024;
const KEY = /^fanal::(?:artifact|blob)::sha256:[0-9a-f]{64}$/;
const COMMAND_BYTES = 128;
/** Of go-redis, which waits 3 s by default: a busy machine must not look like a lack of records. */
const PATIENCE = 'dial_timeout=60s&read_timeout=60s&write_timeout=60s&pool_timeout=60s';

const OK = Buffer.from('+OK\r\n');
const NIL = Buffer.from('$-1\r\n');
const error = (text: string): Buffer => Buffer.from(`-${text}\r\n`);
const bulk = (value: Buffer): Buffer[] => [Buffer.from(`$${value.length}\r\n`), value, Buffer.from('\r\n')];

const digestOf = (bytes: Buffer | string): Buffer => createHash('sha256').update(bytes).digest();

interface TrivyCacheOptions {
  /** What it holds already: then it is only read. */
  readonly records?: ReadonlyMap<string, Buffer>;
  /** Of all keys and values together. */
  readonly mostBytes: number;
}

/**
 * The scan cache of one run of Trivy (`--cache-backend redis://…`), in memory: Trivy keeps there what it found in each layer,
 * and reads it back instead of the layer. It answers the commands of pkg/cache/redis.go on a port of the loopback interface,
 * to those who know its password.
 */
export class TrivyCache {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #password = randomBytes(32).toString('hex');
  readonly #isReadOnly: boolean;
  readonly #mostBytes: number;
  readonly #records: Map<string, Buffer>;
  #bytes = 0;
  #isFull = false;
  #isMissed = false;

  private constructor({ records, mostBytes }: TrivyCacheOptions) {
    this.#isReadOnly = records !== undefined;
    this.#records = new Map(records);
    this.#mostBytes = mostBytes;
    this.#server = createServer((socket) => this.#serve(socket));
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  static async open(options: TrivyCacheOptions): Promise<TrivyCache> {
    const cache = new TrivyCache(options);
    cache.#server.listen(0, LOOPBACK);
    await once(cache.#server, 'listening');
    return cache;
  }

  /** For the environment of Trivy: arguments are in the list of processes. */
  get environment(): Readonly<Record<string, string>> {
    const { port } = this.#server.address() as AddressInfo;
    return { TRIVY_CACHE_BACKEND: `redis://palisade:${this.#password}@${LOOPBACK}:${port}?${PATIENCE}` };
  }

  /** As Trivy has written them, by their keys. */
  get records(): ReadonlyMap<string, Buffer> {
    return this.#records;
  }

  /** A value was refused: it did not fit. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** A key was asked for that it does not hold. */
  get isMissed(): boolean {
    return this.#isMissed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    const reader = new CommandReader();
    let isKnown = false;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('drain', () => socket.resume());
    socket.on('data', (chunk: Buffer) => {
      try {
        const most = isKnown ? this.#mostBytes + COMMAND_BYTES : MOST_BYTES_BEFORE_PASSWORD;
        for (const [name, ...args] of reader.push(chunk, most)) {
          const command = name?.toString('latin1').toUpperCase() ?? '';
          isKnown ||= command === 'AUTH' && this.#isPassword(args.at(-1));
          if (!this.#send(socket, isKnown ? this.#answer(command, args) : refuse(command))) socket.pause();
        }
      } catch (cause) {
        if (isKnown && cause instanceof TooLong) this.#isFull = true;
        socket.destroy();
      }
    });
  }

  #send(socket: Socket, parts: readonly Buffer[]): boolean {
    return parts.map((part) => socket.write(part)).every(Boolean);
  }

  #isPassword(given: Buffer | undefined): boolean {
    return timingSafeEqual(digestOf(given ?? ''), digestOf(this.#password));
  }

  #answer(command: string, [key, value]: readonly Buffer[]): readonly Buffer[] {
    if (command === 'AUTH') return [OK];
    const name = key?.toString('latin1') ?? '';
    const isOurs = KEY.test(name);
    if (command === 'GET' && isOurs) return this.#get(name);
    if (command === 'SET' && isOurs && value !== undefined) return [this.#set(name, value)];
    return [error('ERR unknown command')];
  }

  #get(key: string): readonly Buffer[] {
    const value = this.#records.get(key);
    if (value !== undefined) return bulk(value);
    this.#isMissed = true;
    return [NIL];
  }

  #set(key: string, value: Buffer): Buffer {
    if (this.#isReadOnly) return error('ERR it is only read');
    const bytes = this.#bytes - (this.#records.get(key)?.length ?? -key.length) + value.length;
    if (bytes > this.#mostBytes) {
      this.#isFull = true;
      return error('ERR it is full');
    }
    this.#bytes = bytes;
    this.#records.set(key, value);
    return OK;
  }
}

const refuse = (command: string): readonly Buffer[] => [
  error(command === 'AUTH' ? 'WRONGPASS wrong password' : 'NOAUTH authentication required'),
];
