import { setTimeout as delay } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { findCondition } from '../api/conditions.ts';
import { CONTAINER_SECURITY_POLICY } from '../api/group.ts';
import type { ContainerSecurityPolicy } from '../api/policy.ts';
import { monotonicClock } from '../kube/clock.ts';
import { objectKey } from '../kube/object.ts';
import { KubeClient } from '../kube/rest/client.ts';
import { ApiError, NetworkError } from '../kube/rest/errors.ts';
import { KubeConfigError, type PooledKubeConfig } from '../kube/rest/kubeconfig.ts';
import { deleteChild } from '../policy/children/delete-child.ts';
import { AUTO } from '../policy/sections/network/dns.ts';
import { createLogger } from '../telemetry/log.ts';
import { operatorKubeConfig } from './kubeconfig.ts';
import { PalisadeOperator } from './operator.ts';
import { describeLookalike, describeOrphan, findLeftBehind, listAll } from './orphans.ts';
import { printError } from './print-error.ts';

export interface UninstallOptions {
  readonly kubeconfig?: string;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** false: only print what would be deleted. */
  readonly yes: boolean;
}

type Print = (line: string) => void;

const NOTHING = 'no ContainerSecurityPolicy exists: nothing to withdraw';

/** The time within which policies must be gone. */
const BOUND_MS = 60_000;
const POLL_MS = 200;

const listPolicies = (client: KubeClient, namespaces: readonly string[]): Promise<ContainerSecurityPolicy[]> =>
  listAll<ContainerSecurityPolicy>(client, CONTAINER_SECURITY_POLICY, namespaces);

const deleteAll = async (client: KubeClient, policies: readonly ContainerSecurityPolicy[]): Promise<void> => {
  for (const { metadata } of policies) {
    // By default, a finalizer orphan or foregroundDeletion would decide what is left behind.
    const options = { namespace: metadata.namespace, uid: metadata.uid, propagationPolicy: 'Background' } as const;
    await client.delete(CONTAINER_SECURITY_POLICY, metadata.name, options);
  }
};

const untilGone = async (client: KubeClient, { namespaces }: UninstallOptions): Promise<ContainerSecurityPolicy[]> => {
  const end = monotonicClock.now() + BOUND_MS;
  for (;;) {
    const left = await listPolicies(client, namespaces);
    if (left.length === 0 || monotonicClock.now() > end) return left;
    await delay(POLL_MS);
  }
};

const withdraw = async (
  kubeConfig: PooledKubeConfig,
  client: KubeClient,
  options: UninstallOptions,
): Promise<ContainerSecurityPolicy[]> => {
  const settings = { namespaces: options.namespaces, workers: 4, resyncMs: 600_000, dnsPeers: AUTO };
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

const gone = ({ namespaces }: UninstallOptions): string =>
  namespaces.length === 0
    ? 'all policies are gone; now delete the kustomization that you applied: kubectl delete -k config/default, config/outside or your own'
    : `the policies of ${namespaces.join(', ')} are gone; those of other namespaces still need the installation`;

/** As `uninstall`, with an expected error as one line on stderr. @returns the exit status, 2 for a kubeconfig that cannot be used */
export const runUninstall = async (options: UninstallOptions, print: Print): Promise<number> => {
  try {
    return await uninstall(options, print);
  } catch (error) {
    if (!(error instanceof KubeConfigError || error instanceof ApiError || error instanceof NetworkError)) throw error;
    printError(error);
    return error instanceof KubeConfigError ? 2 : 1;
  }
};

const printPlan = async (client: KubeClient, options: UninstallOptions, print: Print): Promise<number> => {
  const policies = await listPolicies(client, options.namespaces);
  const { orphans, lookalikes } = await findLeftBehind(client, options.namespaces, policies);
  for (const policy of policies) print(`would withdraw and delete ContainerSecurityPolicy ${objectKey(policy)}`);
  for (const orphan of orphans) print(`would delete ${describeOrphan(orphan)}`);
  for (const lookalike of lookalikes) print(describeLookalike(lookalike));
  const nothing = policies.length + orphans.length === 0;
  print(nothing ? NOTHING : 'nothing was deleted: add --yes to delete');
  return 0;
};

const deleteEverything = async (
  kubeConfig: PooledKubeConfig,
  client: KubeClient,
  options: UninstallOptions,
  print: Print,
): Promise<number> => {
  const policies = await listPolicies(client, options.namespaces);
  for (const policy of policies) print(`withdrawing and deleting ContainerSecurityPolicy ${objectKey(policy)}`);
  const left = policies.length === 0 ? [] : await withdraw(kubeConfig, client, options);
  for (const policy of left) {
    const holders = policy.metadata.finalizers?.join(', ');
    const why = findCondition(policy.status?.conditions, 'Ready');
    const message = why?.status === 'False' ? `: ${why.message}` : '';
    print(`ContainerSecurityPolicy ${objectKey(policy)} is still held by its finalizers: ${holders}${message}`);
  }
  const existing = await listPolicies(client, options.namespaces);
  const { orphans, lookalikes } = await findLeftBehind(client, options.namespaces, existing);
  for (const orphan of orphans) {
    print(`deleting ${describeOrphan(orphan)}`);
    await deleteChild(client, orphan);
  }
  for (const lookalike of lookalikes) print(describeLookalike(lookalike));
  const nothing = policies.length + orphans.length === 0;
  if (left.length === 0) print(nothing ? NOTHING : gone(options));
  return left.length + lookalikes.length === 0 ? 0 : 1;
};

/**
 * Deletes all policies and withdraws what they generated, in the safe order, whether or not an operator still runs:
 * without an operator, finalizers would hold policies and their namespaces forever. Also deletes generated objects whose
 * policy is already gone.
 * @returns the exit status: 0 when nothing is left, 1 when something is
 * @throws KubeConfigError, ApiError, NetworkError
 */
export const uninstall = async (options: UninstallOptions, print: Print): Promise<number> => {
  const kubeConfig = operatorKubeConfig(options.kubeconfig);
  const client = new KubeClient(kubeConfig, { userAgent: 'palisade-uninstall' });
  try {
    return options.yes
      ? await deleteEverything(kubeConfig, client, options, print)
      : await printPlan(client, options, print);
  } finally {
    await kubeConfig.close();
  }
};
