import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from 'bcryptjs';
import { type Job, Supervisor } from '../controlplane/supervisor.ts';
import type { Account, Target } from '../images/push.ts';
import { until } from '../until.ts';
import { findRegistry } from './find.ts';
import { addressIn, registryConfiguration, requestsIn } from './settings.ts';

export interface RegistryOptions {
  /** Path of the program; found when absent. */
  readonly binary?: string;
  /** The only account that may pull and push; absent: everyone may. */
  readonly account?: Account;
}

/** A real OCI registry on a loopback port. Images are pushed to it with its account, if it has one. */
export interface Registry extends Target, AsyncDisposable {
  /** host:port, with which references start. */
  readonly host: string;
  /** The requests that it has answered, as in 'GET /v2/team/app/manifests/1'. */
  requests(): Promise<string[]>;
  /** Ends the process and removes what was pushed. May be called twice. */
  stop(): Promise<void>;
}

const STOP_MS = 2_000;
// Strength is not wanted here.
const BCRYPT_ROUNDS = 4;

/** Returns when it answers. It ends with this process, even when that is killed. */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const binary = options.binary ?? (await findRegistry());
  const directory = await mkdtemp(join(tmpdir(), 'palisade-registry-'));
  const supervisor = new Supervisor(directory);
  const log = join(directory, 'registry.log');
  const configuration = await writeConfiguration(directory, options.account);
  const env = { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' };
  const job = supervisor.start(binary, ['serve', configuration], { log, env });
  const stop = async () => {
    await job.stop(STOP_MS);
    await supervisor.close();
  };
  try {
    const host = await until('the registry listens', () => address(job, log));
    const requests = async () => requestsIn(await readFile(log, 'utf8'));
    const { account } = options;
    return { url: `http://${host}`, host, ...(account && { account }), requests, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    const end = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-20).join('\n');
    await stop();
    throw new Error(`${(error as Error).message}. The end of its log:\n${end}`, { cause: error });
  }
}

async function writeConfiguration(directory: string, account: Account | undefined): Promise<string> {
  const htpasswd = join(directory, 'htpasswd');
  if (account !== undefined) {
    await writeFile(htpasswd, `${account.username}:${await hash(account.password, BCRYPT_ROUNDS)}\n`, { mode: 0o600 });
  }
  const storage = join(directory, 'storage');
  const path = join(directory, 'config.yml');
  // JSON is YAML.
  const settings = { storage, ...(account !== undefined && { htpasswd }) };
  await writeFile(path, JSON.stringify(registryConfiguration(settings)));
  return path;
}

async function address(job: Job, log: string): Promise<string | undefined> {
  const ended = job.ended();
  if (ended !== undefined) throw new Error(`the registry ended with ${ended}`);
  return addressIn(await readFile(log, 'utf8'));
}
