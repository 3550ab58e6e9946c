import { setTimeout as delay } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { CONTAINER_SECURITY_POLICY } from '../api/group.ts';
import type { ContainerSecurityPolicy } from '../api/policy.ts';
import { KubeClient } from '../kube/client.ts';
import { ApiError, classify, NetworkError } from '../kube/errors.ts';
import { KubeConfigError, type PooledKubeConfig } from '../kube/kubeconfig.ts';
import { objectKey } from '../kube/object.ts';
import { DEFAULT_DNS_PEERS } from '../policy/network/dns.ts';
import { createLogger } from '../telemetry/log.ts';
import { operatorKubeConfig } from './kubeconfig.ts';
import { PalisadeOperator } from './operator.ts';

export interface UninstallOptions {
  readonly kubeconfig?: string;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** false: only say what would be done. */
  readonly yes: boolean;
}

/** How long policies may take to go. */
const BOUND_MS = 60_000;
const POLL_MS = 200;

/** @returns none when the kind is not there (any more) */
const listPolicies = async (client: KubeClient, namespaces: readonly string[]): Promise<ContainerSecurityPolicy[]> => {
  try {
    const scopes = namespaces.length === 0 ? [undefined] : namespaces;
    const lists = await Promise.all(
      scopes.map((namespace) => client.list<ContainerSecurityPolicy>(CONTAINER_SECURITY_POLICY, { namespace })),
    );
    return lists.flatMap(({ items }) => items);
  } catch (error) {
    if (classify(error) === 'NotFound') return [];
    throw error;
  }
};

const deleteAll = async (client: KubeClient, policies: readonly ContainerSecurityPolicy[]): Promise<void> => {
  for (const { metadata } of policies) {
    await client.delete(CONTAINER_SECURITY_POLICY, metadata.name, { namespace: metadata.namespace, uid: metadata.uid });
  }
};

const untilGone = async (client: KubeClient, { namespaces }: UninstallOptions): Promise<ContainerSecurityPolicy[]> => {
  const end = Date.now() + BOUND_MS;
  for (;;) {
    const left = await listPolicies(client, namespaces);
    if (left.length === 0 || Date.now() > end) return left;
    await delay(POLL_MS);
  }
};

const withdraw = async (
  kubeConfig: PooledKubeConfig,
  client: KubeClient,
  options: UninstallOptions,
): Promise<ContainerSecurityPolicy[]> => {
  const settings = { namespaces: options.namespaces, workers: 4, resyncMs: 600_000, dnsPeers: DEFAULT_DNS_PEERS };
  const log = createLogger({ level: 'error', format: 'text' });
  const operator = new PalisadeOperator({ kubeConfig, settings, registry: new Registry(), log });
  await operator.start();
  try {
    await deleteAll(client, await listPolicies(client, options.namespaces));
    return await untilGone(client, options);
  } finally {
    operator.stop();
    await operator.stopped();
  }
};

/** As `uninstall`, with what may go wrong as one line on stderr. @returns the exit status, 2 for a kubeconfig that cannot be used */
export const runUninstall = async (options: UninstallOptions, say: (line: string) => void): Promise<number> => {
  try {
    return await uninstall(options, say);
  } catch (error) {
    if (!(error instanceof KubeConfigError || error instanceof ApiError || error instanceof NetworkError)) throw error;
    process.stderr.write(`palisade: ${error.message}\n`);
    return error instanceof KubeConfigError ? 2 : 1;
  }
};

/**
 * Deletes all policies and withdraws what they generated, in the safe order, whether or not an operator still runs:
 * finalizers without an operator would hold policies and their namespaces for ever.
 * @returns the exit status: 0 when nothing is left, 1 when something is
 * @throws KubeConfigError, ApiError, NetworkError
 */
export const uninstall = async (options: UninstallOptions, say: (line: string) => void): Promise<number> => {
  const kubeConfig = operatorKubeConfig(options.kubeconfig);
  const client = new KubeClient(kubeConfig, { userAgent: 'palisade-uninstall' });
  try {
    const policies = await listPolicies(client, options.namespaces);
    const verb = options.yes ? 'withdrawing and deleting' : 'would withdraw and delete';
    for (const policy of policies) say(`${verb} ContainerSecurityPolicy ${objectKey(policy)}`);
    if (policies.length === 0) say('no ContainerSecurityPolicy is there: nothing to withdraw');
    else if (!options.yes) say('nothing was done: add --yes to do it');
    if (policies.length === 0 || !options.yes) return 0;
    const left = await withdraw(kubeConfig, client, options);
    for (const { metadata } of left) {
      say(
        `ContainerSecurityPolicy ${metadata.namespace}/${metadata.name} is still held by its finalizers: ${metadata.finalizers?.join(', ')}`,
      );
    }
    if (left.length === 0)
      say('all policies are gone; now delete the operator, the admission policies and its RBAC, then the CRDs');
    return left.length === 0 ? 0 : 1;
  } finally {
    await kubeConfig.close();
  }
};
