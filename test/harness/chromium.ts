import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findChromium } from '../../hack/chromium/find.ts';
import { until } from '../../hack/until.ts';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** A headless Chromium with one page, over the DevTools protocol. */
export class Chromium {
  readonly #socket: WebSocket;
  readonly #end: () => Promise<void>;
  readonly #answers = new Map<number, (message: Message) => void>();
  #session = '';
  #last = 0;
  /** What the page did, in order. */
  readonly events: Message[] = [];

  private constructor(socket: WebSocket, end: () => Promise<void>) {
    this.#socket = socket;
    this.#end = end;
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(String(data)) as Message;
      if (message.id === undefined) this.events.push(message);
      else this.#answers.get(message.id)?.(message);
    });
  }

  static async start(): Promise<Chromium> {
    const directory = await mkdtemp(join(tmpdir(), 'palisade-chromium-'));
    const args = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--remote-debugging-port=0',
    ];
    const child = spawn(await findChromium(), [...args, `--user-data-dir=${directory}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const exited = once(child, 'exit');
    const end = async (): Promise<void> => {
      child.kill('SIGKILL');
      await exited;
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    };
    let url: string | undefined;
    const lines: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      url ??= /^DevTools listening on (ws:.*)$/.exec(line)?.[1];
    });
    try {
      await until('Chromium listens', () => {
        if (child.exitCode !== null) throw new Error(`Chromium ended: ${lines.join('\n')}`);
        return url;
      });
      const socket = new WebSocket(url!);
      await once(socket, 'open');
      const chromium = new Chromium(socket, end);
      await chromium.#openPage();
      return chromium;
    } catch (error) {
      await end();
      throw error;
    }
  }

  async #openPage(): Promise<void> {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    this.#session = sessionId as string;
    for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await this.send(`${domain}.enable`);
  }

  /** @throws Error of Chromium */
  async send(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    this.#last += 1;
    const id = this.#last;
    const session = this.#session === '' ? {} : { sessionId: this.#session };
    const answer = new Promise<Message>((resolve) => this.#answers.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params, ...session }));
    const { result = {}, error } = await answer;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** Returns when the page is loaded. */
  async open(url: string): Promise<void> {
    this.events.length = 0;
    await this.send('Page.navigate', { url });
    await until('the page is loaded', () => this.events.some(({ method }) => method === 'Page.loadEventFired'));
  }

  /** The value of an expression in the page; promises are awaited. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { readonly value: T }).value;
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.#end();
  }
}
