import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { CoreV1Api } from '@kubernetes/client-node';
import type { Pod, Secret } from 'kubernetes-types/core/v1.js';
import { pino } from 'pino';
import { createAuthority } from '../../hack/controlplane/certificates.ts';
import { KINDS } from '../../hack/kinds.ts';
import { palisadeScript } from '../../hack/program.ts';
import { Reflector } from '../../src/kube/cache/reflector.ts';
import { Store } from '../../src/kube/cache/store.ts';
import { NODES, SECRETS } from '../../src/kube/kinds.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { KubeClient } from '../../src/kube/rest/client.ts';
import { loadKubeConfig, type PooledKubeConfig } from '../../src/kube/rest/kubeconfig.ts';
import { rfc3339 } from '../../src/text/rfc3339.ts';
import { until } from './until.ts';

export type KubePod = KubeObject & Pod;

/** The outcome of a container. */
export interface Ran {
  readonly exitCode: number;
  readonly log: string;
}

/**
 * What this node makes of a pod: `run` really runs it. Default: run it and tell how it ended.
 * The pod stays Running when it never tells.
 */
export type Behaviour = (pod: KubePod, node: Kubelet) => Promise<void>;

const honestly: Behaviour = async (pod, node) => {
  await node.running(pod);
  const { exitCode, log } = await node.run(pod);
  node.writeLog(pod, log);
  await node.exited(pod, { exitCode });
};

export interface KubeletOptions {
  readonly kubeconfig: string;
  /** Whose pods it runs. */
  readonly namespace: string;
  /** Directories of programs that the image would have. */
  readonly path: readonly string[];
}

/**
 * A node for one namespace, played by the test as far as a Job needs it: it binds pods, mounts their Secrets and emptyDirs,
 * runs `palisade` of this checkout with their arguments and nothing of this process's environment, tells the API server
 * how it went, and serves logs where the API server asks a kubelet for them.
 */
export class Kubelet {
  /** Set by a test. */
  behave: Behaviour = honestly;
  /** Of all pods that there were, as they were when they were bound. */
  readonly seen: KubePod[] = [];
  readonly #options: KubeletOptions;
  readonly #config: PooledKubeConfig;
  readonly #client: KubeClient;
  readonly #pods = new Store<KubePod>();
  readonly #logs = new Map<string, string>();
  readonly #children = new Map<string, ChildProcess>();
  readonly #work = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  readonly #failures: unknown[] = [];
  #server: Server | undefined;
  #directory = '';
  #reflector: Promise<void> = Promise.resolve();

  private constructor(options: KubeletOptions) {
    this.#options = options;
    this.#config = loadKubeConfig(options.kubeconfig);
    this.#client = new KubeClient(this.#config, { userAgent: 'test-kubelet' });
  }

  get name(): string {
    return `node-of-${this.#options.namespace}`;
  }

  static async start(options: KubeletOptions): Promise<Kubelet> {
    const kubelet = new Kubelet(options);
    await kubelet.#start();
    return kubelet;
  }

  async #start(): Promise<void> {
    this.#directory = await mkdtemp(join(tmpdir(), 'palisade-kubelet-'));
    const { certificate: cert, key } = await (await createAuthority()).serving(['127.0.0.1']);
    const server = createServer({ cert, key }, ({ url = '' }, response) => {
      const [, , namespace, pod, container] = new URL(url, 'https://kubelet').pathname.split('/');
      const log = this.#logs.get(`${namespace}/${pod}/${container}`);
      response.writeHead(log === undefined ? 404 : 200, { 'content-type': 'text/plain' }).end(log);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#server = server;
    const { port } = server.address() as AddressInfo;
    await this.#client.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: this.name } });
    const status = {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    };
    await this.#client.patch(NODES, this.name, { status }, { type: 'merge', subresource: 'status' });
    const { namespace } = this.#options;
    this.#pods.subscribe(({ type, object }) => {
      if (type !== 'Deleted') this.#take(object);
    });
    const log = pino({ level: 'silent' });
    const reflector = new Reflector({ client: this.#client, resource: KINDS.Pod, namespace, store: this.#pods, log });
    this.#reflector = reflector.run(this.#stop.signal);
    await reflector.synced;
  }

  /** @throws what went wrong here meanwhile */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#reflector;
    for (const child of this.#children.values()) child.kill('SIGKILL');
    await Promise.all(this.#work.values());
    await this.#client.delete(NODES, this.name);
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
    await rm(this.#directory, { recursive: true, force: true });
    await this.#config.close();
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  #take(pod: KubePod): void {
    const { uid, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp !== undefined) {
      this.#track(`${uid} end`, () => this.#end(pod));
    } else if (pod.spec?.nodeName === undefined) {
      this.#track(uid, async () => {
        this.seen.push(pod);
        const body = {
          apiVersion: 'v1',
          kind: 'Binding',
          metadata: { name: pod.metadata.name },
          target: { apiVersion: 'v1', kind: 'Node', name: this.name },
        };
        const { name, namespace } = pod.metadata;
        await this.#client.create(KINDS.Pod, body, { name, namespace, subresource: 'binding' });
        await this.behave(pod, this);
      });
    }
  }

  #track(key: string, work: () => Promise<void>): void {
    if (this.#work.has(key)) return;
    const done = work().catch((error: unknown) => {
      if (!this.#stop.signal.aborted && !String(error).includes('not found')) this.#failures.push(error);
    });
    this.#work.set(key, done);
  }

  /** As kubelet does when a pod is deleted: ends its containers, and then lets go of it. */
  async #end({ metadata: { name, namespace = '', uid } }: KubePod): Promise<void> {
    this.#children.get(uid)?.kill('SIGTERM');
    await until('the container has ended', () => !this.#children.has(uid));
    const api = this.#config.makeApiClient(CoreV1Api);
    await api.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 });
  }

  async running(pod: KubePod): Promise<void> {
    await this.#tell(pod, 'Running', { running: { startedAt: now() } });
  }

  async exited(pod: KubePod, how: { exitCode: number; reason?: string }): Promise<void> {
    const phase = how.exitCode === 0 ? 'Succeeded' : 'Failed';
    await this.#tell(pod, phase, { terminated: { finishedAt: now(), ...how } });
  }

  /** Tells a status of a pod as a node would. */
  async status(pod: KubePod, status: object): Promise<void> {
    const { name, namespace } = pod.metadata;
    await this.#client.patch(KINDS.Pod, name, { status }, { namespace, type: 'merge', subresource: 'status' });
  }

  async #tell(pod: KubePod, phase: string, state: object): Promise<void> {
    const containerStatuses = pod.spec?.containers.map(({ name, image }) => ({
      ...{ name, image, imageID: image, ready: phase === 'Running', restartCount: 0, state },
    }));
    await this.status(pod, { phase, containerStatuses });
  }

  writeLog({ metadata: { namespace, name }, spec }: KubePod, log: string): void {
    this.#logs.set(`${namespace}/${name}/${spec?.containers[0]?.name}`, log);
  }

  /** Runs its container to the end. */
  async run(pod: KubePod): Promise<Ran> {
    const { uid } = pod.metadata;
    const [container] = pod.spec?.containers ?? [];
    const mounts = new Map<string, string>();
    for (const { name, mountPath } of container?.volumeMounts ?? []) {
      mounts.set(mountPath, await this.#mount(pod, name));
    }
    // Without a mount namespace, paths below a mount are those outside.
    const args = container?.args?.map((arg) => {
      const [inside, outside] = [...mounts].find(([path]) => arg.startsWith(`${path}/`)) ?? ['', ''];
      return outside + arg.slice(inside.length);
    });
    const environment = { PATH: this.#options.path.join(delimiter), TMPDIR: mounts.get('/tmp') };
    const child = spawn(process.execPath, [palisadeScript, ...(args ?? [])], {
      cwd: this.#directory,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.set(uid, child);
    const pieces: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => pieces.push(piece));
    const exitCode = await new Promise<number>((resolve) => {
      child.on('close', (code) => resolve(code ?? 137));
    });
    this.#children.delete(uid);
    return { exitCode, log: Buffer.concat(pieces).toString() };
  }

  /** @returns where a volume is */
  async #mount(pod: KubePod, name: string): Promise<string> {
    const { uid, namespace } = pod.metadata;
    const directory = join(this.#directory, uid, name);
    await mkdir(directory, { recursive: true });
    const { secret } = pod.spec?.volumes?.find((volume) => volume.name === name) ?? {};
    if (secret === undefined) return directory;
    const { secretName = '', defaultMode, items = [] } = secret;
    const find = () => this.#client.get<KubeObject & Secret>(SECRETS, secretName, namespace).catch(() => undefined);
    const { data = {} } = await until(`Secret ${secretName}`, find);
    for (const { key, path } of items) {
      const file = join(directory, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, Buffer.from(data[key] ?? '', 'base64'), { mode: defaultMode });
    }
    return directory;
  }
}

const now = (): string => rfc3339(Date.now());
