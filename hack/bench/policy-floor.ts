import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { Pool } from 'undici';
import { CONTAINER_SECURITY_POLICY } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type { KubeClient } from '../../src/kube/rest/client.ts';
import { KINDS } from '../kinds.ts';
import { OperatorProcess } from '../operator-process.ts';
import { allReady } from './all-ready.ts';
import type { BenchCluster } from './cluster.ts';
import { inParallel } from './in-parallel.ts';
import { BENCH_POLICY, createPolicies, namespaceOf } from './policy-spec.ts';

/** The operator's own default. */
const WORKERS = 4;

interface Write {
  readonly method: 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

/** The differences between the writes of two policies. */
interface Names {
  readonly namespace: string;
  readonly namespaceUid: string;
  readonly policyUid: string;
  /** Of the policy: status writes carry it. */
  resourceVersion: string;
}

export interface Floor {
  /** Seconds for all policies. */
  readonly seconds: number;
  readonly writesOfAPolicy: number;
}

/**
 * The least that bringing policies into force can take: the operator's own writes for one of them are recorded, and sent
 * again for `n` others by an HTTP client with as many connections as the operator has workers. Works in a cluster of its own.
 */
export const measureFloor = async (cluster: BenchCluster, n: number): Promise<Floor> => {
  const { admin, kubeconfig } = cluster;
  await createPolicies(admin, 0, 1);
  const recorded = await namesOf(admin, 0);
  const writes = await record(cluster);
  await createPolicies(admin, 1, n);
  const all: Names[] = [];
  const numbers = Array.from({ length: n }, (_, i) => i + 1);
  await inParallel(numbers, WORKERS, async (i) => void all.push(await namesOf(admin, i)));
  const send = sender(kubeconfig);
  const started = performance.now();
  await inParallel(all, WORKERS, async (names) => {
    for (const write of writes) {
      const answer = await send(asOf(write, recorded, names));
      if (answer.kind === CONTAINER_SECURITY_POLICY.kind) names.resourceVersion = answer.metadata.resourceVersion ?? '';
    }
  });
  const seconds = (performance.now() - started) / 1000;
  return { seconds, writesOfAPolicy: writes.length };
};

const record = async ({ kubeconfig, command, directory }: BenchCluster): Promise<Write[]> => {
  const [node, ...rest] = command;
  const file = join(directory, 'writes.jsonl');
  const operator = await OperatorProcess.start({
    kubeconfig,
    namespaces: [namespaceOf(0)],
    log: join(directory, 'recorded.log'),
    command: [node, '--import', join(import.meta.dirname, 'record-writes.ts'), ...rest],
    environment: { PALISADE_BENCH_WRITES: file },
  });
  await allReady(operator, 1);
  // Events are sent at the end at the latest.
  await operator.stop();
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Write).filter(({ path }) => !path.includes('dryRun='));
};

const namesOf = async (admin: KubeClient, i: number): Promise<Names> => {
  const namespace = namespaceOf(i);
  const { metadata } = await admin.get<KubeObject>(CONTAINER_SECURITY_POLICY, BENCH_POLICY, namespace);
  const { uid } = (await admin.get<KubeObject>(KINDS.Namespace, namespace)).metadata;
  return { namespace, namespaceUid: uid, policyUid: metadata.uid, resourceVersion: metadata.resourceVersion ?? '' };
};

const asOf = ({ path, body, ...rest }: Write, recorded: Names, names: Names): Write => {
  const renamed = (text: string) => text.replaceAll(recorded.namespace, names.namespace);
  const owned = renamed(body)
    .replaceAll(recorded.policyUid, names.policyUid)
    .replaceAll(recorded.namespaceUid, names.namespaceUid);
  return { ...rest, path: renamed(path), body: withVersion(owned, names.resourceVersion) };
};

/** Only writes to the policy carry a version. */
const withVersion = (body: string, version: string): string =>
  body.replace(/"resourceVersion":"\d+"/, `"resourceVersion":"${version}"`);

const sender = (kubeconfig: string): ((write: Write) => Promise<KubeObject>) => {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const { server, caData = '' } = config.getCurrentCluster()!;
  const authorization = `Bearer ${config.getCurrentUser()!.token}`;
  const pool = new Pool(server, { connections: WORKERS, connect: { ca: Buffer.from(caData, 'base64') } });
  return async ({ method, path, contentType, body }) => {
    const headers = { authorization, 'content-type': contentType, accept: 'application/json' };
    const answer = await pool.request({ method, path, headers, body });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${text}`);
    return JSON.parse(text) as KubeObject;
  };
};
