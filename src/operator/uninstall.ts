import { setTimeout as delay } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { findCondition } from '../api/conditions.ts';
import { CONTAINER_SECURITY_POLICY } from '../api/group.ts';
import type { ContainerSecurityPolicy } from '../api/policy.ts';
import { monotonicClock } from '../kube/clock.ts';
import { objectKey } from '../kube/object.ts';
import { KubeClient } from '../kube/rest/client.ts';
import { ApiError, classify, NetworkError } from '../kube/rest/errors.ts';
import { KubeConfigError, type PooledKubeConfig } from '../kube/rest/kubeconfig.ts';
import { DEFAULT_DNS_PEERS } from '../policy/sections/network/dns.ts';
import { createLogger } from '../telemetry/log.ts';
import { operatorKubeConfig } from './kubeconfig.ts';
import { PalisadeOperator } from './operator.ts';
import { deleteOrphan, describeOrphan, findOrphans } from './orphans.ts';

export interface UninstallOptions {
  readonly kubeconfig?: string;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** false: only say what would be done. */
  readonly yes: boolean;
}

type Say = (line: string) => void;

const NOTHING = 'no ContainerSecurityPolicy is there: nothing to withdraw';

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

const gone = ({ namespaces }: UninstallOptions): string =>
  namespaces.length === 0
    ? 'all policies are gone; now delete what was installed, as with kubectl delete -k config/default'
    : `the policies of ${namespaces.join(', ')} are gone; those of other namespaces still need what is installed`;

/** As `uninstall`, with what may go wrong as one line on stderr. @returns the exit status, 2 for a kubeconfig that cannot be used */
export const runUninstall = async (options: UninstallOptions, say: Say): Promise<number> => {
  try {
    return await uninstall(options, say);
  } catch (error) {
    if (!(error instanceof KubeConfigError || error instanceof ApiError || error instanceof NetworkError)) throw error;
    process.stderr.write(`palisade: ${error.message}\n`);
    return error instanceof KubeConfigError ? 2 : 1;
  }
};

const uidsOf = (policies: readonly ContainerSecurityPolicy[]): Set<string> =>
  new Set(policies.map(({ metadata }) => metadata.uid));

const sayWhatIsToDo = async (client: KubeClient, options: UninstallOptions, say: Say): Promise<number> => {
  const policies = await listPolicies(client, options.namespaces);
  const orphans = await findOrphans(client, options.namespaces, uidsOf(policies));
  for (const policy of policies) say(`would withdraw and delete ContainerSecurityPolicy ${objectKey(policy)}`);
  for (const orphan of orphans) say(`would delete ${describeOrphan(orphan)}`);
  const nothing = policies.length + orphans.length === 0;
  say(nothing ? NOTHING : 'nothing was done: add --yes to do it');
  return 0;
};

const doIt = async (
  kubeConfig: PooledKubeConfig,
  client: KubeClient,
  options: UninstallOptions,
  say: Say,
): Promise<number> => {
  const policies = await listPolicies(client, options.namespaces);
  for (const policy of policies) say(`withdrawing and deleting ContainerSecurityPolicy ${objectKey(policy)}`);
  const left = policies.length === 0 ? [] : await withdraw(kubeConfig, client, options);
  for (const policy of left) {
    const holders = policy.metadata.finalizers?.join(', ');
    const why = findCondition(policy.status?.conditions, 'Ready');
    const message = why?.status === 'False' ? `: ${why.message}` : '';
    say(`ContainerSecurityPolicy ${objectKey(policy)} is still held by its finalizers: ${holders}${message}`);
  }
  const orphans = await findOrphans(client, options.namespaces, uidsOf(await listPolicies(client, options.namespaces)));
  for (const orphan of orphans) {
    say(`deleting ${describeOrphan(orphan)}`);
    await deleteOrphan(client, orphan);
  }
  const nothing = policies.length + orphans.length === 0;
  if (left.length === 0) say(nothing ? NOTHING : gone(options));
  return left.length === 0 ? 0 : 1;
};

/**
 * Deletes all policies and withdraws what they generated, in the safe order, whether or not an operator still runs:
 * finalizers without an operator would hold policies and their namespaces for ever. It also deletes what policies
 * generated that are gone already.
 * @returns the exit status: 0 when nothing is left, 1 when something is
 * @throws KubeConfigError, ApiError, NetworkError
 */
export const uninstall = async (options: UninstallOptions, say: Say): Promise<number> => {
  const kubeConfig = operatorKubeConfig(options.kubeconfig);
  const client = new KubeClient(kubeConfig, { userAgent: 'palisade-uninstall' });
  try {
    return options.yes ? await doIt(kubeConfig, client, options, say) : await sayWhatIsToDo(client, options, say);
  } finally {
    await kubeConfig.close();
  }
};
