import { copyFile, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { BOUND_MS } from '../until.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import { type Credentials, writeCredentials } from './credentials.ts';
import { apiServerFlags, controllerManagerFlags, etcdFlags, type Layout, layout } from './flags.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { freePort } from './port.ts';
import { Probe } from './probe.ts';
import { type Job, Supervisor } from './supervisor.ts';

export interface ControlPlaneOptions {
  /** Writes one JSON line at Metadata level per finished request; true: of all users, in the directory. */
  auditLog?: boolean | AuditSettings;
  /** Appended to the flags of kube-apiserver, so they win. */
  apiServerFlags?: readonly string[];
  binaries?: Binaries;
  /** Proposes ports of 127.0.0.1; called again when another process has bound one. */
  choosePort?: () => Promise<number>;
  /** The time within which each component must be ready. */
  readyMs?: number;
}

export interface AuditSettings {
  /** Absolute; it outlives the control plane. Default: in the directory. */
  readonly path?: string;
  /** Only requests of these users. Default: all. */
  readonly users?: readonly string[];
}

export interface ControlPlane {
  /** Path of a kubeconfig with everything inline, whose user is in system:masters. */
  readonly kubeconfig: string;
  readonly server: string;
  readonly directory: string;
  readonly auditLog?: string;
  /** Ends the API server only: etcd keeps the objects. */
  stopApiServer(): Promise<void>;
  /** Starts it again on the same port and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Ends etcd only: the API server stays, and fails. */
  stopEtcd(): Promise<void>;
  /** Starts it again with its data and waits until the API server is ready. */
  startEtcd(): Promise<void>;
  /** Ends every process and removes the directory. May be called twice. */
  stop(): Promise<void>;
}

const portAttempts = 5;
/** Garbage collection is a fifth of what an API server computes; a larger heap halves it. See pkg.go.dev/runtime. */
const GOGC = '400';
// Open watches make it wait for a minute.
const apiServerStopMs = 2_000;

/**
 * Starts etcd, kube-apiserver and kube-controller-manager on 127.0.0.1 and returns when default ServiceAccounts and
 * aggregated ClusterRoles exist. Everything ends with this process, even when it is killed.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const binaries = options.binaries ?? (await findBinaries());
  const files = layout(await mkdtemp(join(tmpdir(), 'palisade-')));
  const supervisor = new Supervisor(files.directory);
  try {
    return await new Starter(binaries, files, supervisor, options).start();
  } catch (error) {
    const explained = await withKeptLog(error, files);
    await supervisor.close();
    throw explained;
  }
}

class Starter {
  readonly #binaries: Binaries;
  readonly #files: Layout;
  readonly #supervisor: Supervisor;
  readonly #options: ControlPlaneOptions;
  readonly #readyMs: number;
  readonly #audit: AuditSettings | undefined;

  constructor(binaries: Binaries, files: Layout, supervisor: Supervisor, options: ControlPlaneOptions) {
    this.#binaries = binaries;
    this.#files = files;
    this.#supervisor = supervisor;
    this.#options = options;
    this.#readyMs = options.readyMs ?? BOUND_MS;
    const { auditLog } = options;
    this.#audit = auditLog === true ? {} : auditLog || undefined;
  }

  async start(): Promise<ControlPlane> {
    const credentials = await writeCredentials(this.#files, this.#audit);
    const etcd = this.#runEtcd();
    await this.#ready(etcd, 'etcd', () => Probe.socketAnswers(this.#files.etcdSocket));
    const { port, job, probe } = await this.#startApiServerOnFreePort(credentials);
    const server = `https://127.0.0.1:${port}`;
    await writeKubeconfig(this.#files.adminKubeconfig, server, credentials.ca, credentials.admin);
    await writeKubeconfig(this.#files.managerKubeconfig, server, credentials.ca, credentials.manager);
    const manager = this.#run('kube-controller-manager', controllerManagerFlags(this.#files));
    await this.#ready(manager, 'kube-controller-manager', () => probe.controllersHaveRun());
    return this.#controlPlane({ etcd, apiServer: job, manager, probe, port, server });
  }

  #controlPlane(parts: Parts): ControlPlane {
    let { apiServer, etcd } = parts;
    let stopped: Promise<void> | undefined;
    const stop = async () => {
      await parts.manager.stop(3_000);
      // Without etcd the API server never ends on SIGTERM.
      await apiServer.stop(apiServerStopMs);
      await etcd.stop(3_000);
      await parts.probe.close();
      await this.#supervisor.close();
    };
    return {
      kubeconfig: this.#files.adminKubeconfig,
      server: parts.server,
      directory: this.#files.directory,
      ...(this.#audit && { auditLog: this.#audit.path ?? this.#files.auditLog }),
      stopApiServer: () => apiServer.stop(apiServerStopMs),
      startApiServer: async () => {
        apiServer = this.#runApiServer(parts.port);
        const ready = this.#ready(apiServer, 'kube-apiserver', () => parts.probe.ready());
        await ready.catch(async (error) => Promise.reject(await withKeptLog(error, this.#files)));
      },
      stopEtcd: () => etcd.stop(3_000),
      startEtcd: async () => {
        etcd = this.#runEtcd();
        await this.#ready(apiServer, 'kube-apiserver', () => parts.probe.ready());
      },
      stop: () => {
        stopped ??= stop();
        return stopped;
      },
    };
  }

  async #startApiServerOnFreePort(credentials: Credentials): Promise<{ port: number; job: Job; probe: Probe }> {
    for (let attempt = 1; ; attempt++) {
      const port = await (this.#options.choosePort ?? freePort)();
      const probe = new Probe(port, credentials.ca, credentials.admin);
      const job = this.#runApiServer(port);
      try {
        await this.#ready(job, 'kube-apiserver', () => probe.ready());
        return { port, job, probe };
      } catch (error) {
        await probe.close();
        await job.stop(0);
        const log = await readFile(this.#files.log('kube-apiserver'), 'utf8');
        if (attempt === portAttempts || !log.includes('address already in use')) throw error;
      }
    }
  }

  #runEtcd(): Job {
    return this.#run('etcd', etcdFlags(this.#files));
  }

  #runApiServer(port: number): Job {
    const auditLog = this.#audit && { auditLog: this.#audit.path ?? this.#files.auditLog };
    const settings = { port, ...auditLog, extra: this.#options.apiServerFlags ?? [] };
    return this.#run('kube-apiserver', apiServerFlags(this.#files, settings));
  }

  #run(component: keyof Binaries, flags: readonly string[]): Job {
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, GOGC };
    return this.#supervisor.start(this.#binaries[component], flags, { log: this.#files.log(component), env });
  }

  async #ready(job: Job, component: string, isReady: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + this.#readyMs;
    while (performance.now() < deadline) {
      if (await isReady()) return;
      const ended = job.ended();
      if (ended !== undefined) throw new NotReady(component, `ended with ${ended} before it was ready`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new NotReady(component, `was not ready within ${this.#readyMs / 1000} s`);
  }
}

class NotReady extends Error {
  readonly component: string;

  constructor(component: string, what: string) {
    super(`${component} ${what}`);
    this.component = component;
  }
}

/** The directory is removed with the control plane, so the log of a failed component is copied. */
async function withKeptLog(error: unknown, files: Layout): Promise<unknown> {
  if (!(error instanceof NotReady)) return error;
  const kept = join(tmpdir(), `${basename(files.directory)}-${error.component}.log`);
  await copyFile(files.log(error.component), kept);
  const tail = (await readFile(kept, 'utf8')).trimEnd().split('\n').slice(-20).join('\n');
  return new Error(`${error.message}. The end of its log (${kept}):\n${tail}`, { cause: error });
}

interface Parts {
  etcd: Job;
  apiServer: Job;
  manager: Job;
  probe: Probe;
  port: number;
  server: string;
}
