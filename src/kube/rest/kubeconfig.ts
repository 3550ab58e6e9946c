import { createHash } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { delimiter } from 'node:path';
import { type DispatcherOptions, KubeConfig, type RequestContext } from '@kubernetes/client-node';
import type { Dispatcher } from 'undici';
import { NetworkError } from './errors.ts';

/** The kubeconfig cannot be used; the message is one line and names the path and the cure. */
export class KubeConfigError extends Error {
  override readonly name = 'KubeConfigError';
}

/**
 * client-node's KubeConfig, but with one pool of HTTP/1.1 connections: client-node makes a new agent for every request,
 * which costs a TLS handshake each time. Credentials are still read by client-node for every request, so rotated tokens and
 * certificates are taken up; another certificate or CA replaces the pool, and the old one closes when it is idle.
 */
export class PooledKubeConfig extends KubeConfig {
  #fingerprint = '';
  #dispatcher: Dispatcher | undefined;
  #closed = false;

  /** @throws NetworkError once it is closed */
  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    // A late request would open a pool that is never closed.
    if (this.#closed) throw new NetworkError('the connections to the API server are closed');
    let fingerprint = '';
    const seen = Object.create(this, {
      createDispatcherOptions: {
        value: (...args: Parameters<KubeConfig['createDispatcherOptions']>): DispatcherOptions => {
          const options = poolOptions(this.createDispatcherOptions(...args));
          fingerprint = fingerprintOf(options);
          return fingerprint === this.#fingerprint ? { type: 'none' } : options;
        },
      },
    });
    await super.applySecurityAuthentication.call(seen, context);
    const made = context.getDispatcher() as unknown as Dispatcher | undefined;
    if (made !== undefined && fingerprint !== this.#fingerprint) this.#replace(fingerprint, made);
    if (this.#dispatcher !== undefined) context.setDispatcher(this.#dispatcher);
  }

  #replace(fingerprint: string, next: Dispatcher): void {
    const old = this.#dispatcher;
    this.#fingerprint = fingerprint;
    this.#dispatcher = next.compose(overHttp1);
    // A request that took the old pool a moment ago is not on it yet.
    if (old !== undefined) setImmediate(() => void old.close().catch(() => undefined));
  }

  /** Ends every connection at once, running requests too, for good. */
  async close(): Promise<void> {
    const old = this.#dispatcher;
    this.#closed = true;
    this.#fingerprint = '';
    this.#dispatcher = undefined;
    await old?.destroy();
  }
}

type PoolOptions = Exclude<DispatcherOptions, { type: 'none' }>;

// 'none' would mean undici's global dispatcher, which is not ours to configure or to close.
const poolOptions = (options: DispatcherOptions): PoolOptions =>
  options.type === 'none' ? { type: 'agent', connect: { keepAlive: true } } : options;

// undici would put everything on one HTTP/2 connection and never notice that it is dead: a watch that is cut for its
// silence must take its connection with it.
const overHttp1: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
  dispatch({ ...options, allowH2: false } as Dispatcher.DispatchOptions, handler);

function fingerprintOf(options: PoolOptions): string {
  const hash = createHash('sha256').update(options.type === 'agent' ? 'agent' : `${options.type} ${options.uri}`);
  const tls = options.type === 'agent' ? options.connect : options.requestTls;
  for (const [name, value] of Object.entries(tls).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const bytes = Buffer.isBuffer(value) ? value : Buffer.from(String(value));
    hash.update(`\n${name} ${bytes.length} `).update(bytes);
  }
  return hash.digest('hex');
}

const canRead = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
};

function readFiles(config: PooledKubeConfig, path: string | undefined): string {
  const files = path !== undefined ? [path] : (process.env.KUBECONFIG ?? '').split(delimiter).filter(Boolean);
  const missing = files.find((file) => !canRead(file));
  if (missing !== undefined) {
    const cure = path !== undefined ? 'name a kubeconfig that exists' : 'correct or unset KUBECONFIG';
    throw new KubeConfigError(`kubeconfig ${missing} cannot be read: ${cure}`);
  }
  try {
    if (path !== undefined) config.loadFromFile(path);
    else config.loadFromDefault();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new KubeConfigError(`kubeconfig ${files.join(delimiter)} is not valid: ${why}`, { cause });
  }
  return files.join(delimiter) || 'of this account';
}

/**
 * Reads `path`, else what client-node reads by default: $KUBECONFIG, ~/.kube/config, the pod's service account.
 *
 * @throws KubeConfigError when a file is missing or names no usable context, or when there is no kubeconfig at all.
 */
export function loadKubeConfig(path?: string): PooledKubeConfig {
  const config = new PooledKubeConfig();
  const where = readFiles(config, path);
  const context = config.getContextObject(config.currentContext);
  // The name that client-node gives to http://localhost:8080, its guess when it finds nothing.
  if (config.currentContext === 'loaded-context' && config.getCurrentCluster()?.server === 'http://localhost:8080') {
    throw new KubeConfigError('no kubeconfig: set KUBECONFIG, or write ~/.kube/config, or run in a cluster');
  }
  if (context === null) {
    const known = config.getContexts().map((c) => c.name);
    if (known.length === 0)
      throw new KubeConfigError(
        `kubeconfig ${where} has no contexts: name another file with --kubeconfig or KUBECONFIG`,
      );
    const cure = `set current-context to one of: ${known.join(', ')}`;
    throw new KubeConfigError(`kubeconfig ${where}: context "${config.currentContext ?? ''}" does not exist; ${cure}`);
  }
  if (config.getCurrentCluster() === null || config.getCurrentUser() === null) {
    const missing = config.getCurrentCluster() === null ? `cluster "${context.cluster}"` : `user "${context.user}"`;
    throw new KubeConfigError(
      `kubeconfig ${where}: context "${context.name}" names ${missing}, which the file does not define`,
    );
  }
  return config;
}
