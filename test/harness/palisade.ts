import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { findCondition } from '../../src/api/conditions.ts';
import { CONTAINER_SECURITY_POLICY } from '../../src/api/group.ts';
import type { ContainerSecurityPolicy, PolicySpec } from '../../src/api/policy.ts';
import { type Clock, systemClock } from '../../src/kube/clock.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { KubeClient } from '../../src/kube/rest/client.ts';
import { classify } from '../../src/kube/rest/errors.ts';
import { loadKubeConfig, type PooledKubeConfig } from '../../src/kube/rest/kubeconfig.ts';
import type { Resource } from '../../src/kube/rest/resource.ts';
import { type OperatorOptions, PalisadeOperator } from '../../src/operator/operator.ts';
import type { OperatorSettings } from '../../src/operator/settings.ts';
import { DEFAULT_DNS_PEERS } from '../../src/policy/sections/network/dns.ts';
import { openScanTools, type ScanTools } from '../../src/scan/scanning.ts';
import type { ScanSettings } from '../../src/scan/settings.ts';
import { testCluster } from './controlplane.ts';
import { installOnce, KINDS, operatorKubeconfig } from './install.ts';
import { until } from './until.ts';

export interface NetworkPolicy extends KubeObject {
  spec: { podSelector: object; policyTypes: string[]; ingress?: object[]; egress?: object[] };
}

export interface RunningOperator {
  readonly registry: Registry;
  stop(): Promise<void>;
}

/** An API server on a busy machine may need long for an answer. */
const ANSWER_MS = 60_000;
/** The objects of a namespace are deleted one after the other. */
const GONE_MS = 60_000;

/** An embedded control plane ends with the run. It would make some hundred requests to delete each namespace before. */
const isKept = process.env.USE_EXISTING_CLUSTER === 'true';

export const testLog = () => pino({ level: process.env.PALISADE_TEST_LOG ?? 'silent' }, pino.destination(2));

export interface ScanSetup extends ScanSettings {
  /** Default systemClock. */
  readonly clock?: Clock;
}

type FactsSetup = Partial<Pick<OperatorSettings, 'dnsPeers' | 'dnsService'>> &
  Pick<OperatorOptions, 'clock' | 'nameservers' | 'apiServer'>;

/** The CRD may be gone, or the object. */
const unlessNotFound = (error: unknown): undefined => {
  if (classify(error) !== 'NotFound') throw error;
};

const openTools = ({ clock = systemClock, ...scan }: ScanSetup, client: KubeClient): Promise<ScanTools> =>
  openScanTools(scan, process.env.PATH ?? '', clock, testLog(), client, new AbortController().signal);

/**
 * The API server with Palisade's CRDs and RBAC, an administrator, and an operator that runs in this process as its own
 * ServiceAccount and sees only this file's namespaces: files share the API server and do not meet.
 */
export class Palisade {
  readonly admin: KubeClient;
  readonly kubeconfig: string;
  /** Path of a kubeconfig of the operator's ServiceAccount. */
  readonly operatorKubeconfig: string;
  readonly #namespaces: string[] = [];
  readonly #operators: RunningOperator[] = [];

  private constructor(admin: KubeClient, kubeconfig: string, operatorKubeconfig: string) {
    this.admin = admin;
    this.kubeconfig = kubeconfig;
    this.operatorKubeconfig = operatorKubeconfig;
  }

  static async open(kubeconfig?: string): Promise<Palisade> {
    const path = kubeconfig ?? (await testCluster());
    const admin = new KubeClient(loadKubeConfig(path), { userAgent: 'palisade-test', timeoutMs: ANSWER_MS });
    await installOnce(admin, path);
    return new Palisade(admin, path, await operatorKubeconfig(admin, path));
  }

  /** Ends the operators, and deletes the namespaces of a cluster that stays. */
  async close(): Promise<void> {
    await Promise.all(this.#operators.map((o) => o.stop()));
    if (isKept) await Promise.all(this.#namespaces.map((name) => this.#deleteNamespace(name)));
    await rm(this.operatorKubeconfig, { force: true });
  }

  /**
   * Without an operator nothing takes the finalizers of policies away, and the API server would try to end such a
   * namespace again and again, for the rest of the run.
   */
  async #deleteNamespace(namespace: string): Promise<void> {
    const released = { metadata: { finalizers: null } };
    const policies = await this.list(CONTAINER_SECURITY_POLICY, namespace).catch(unlessNotFound);
    for (const { metadata } of policies ?? []) {
      const options = { namespace, type: 'merge' as const };
      await this.admin.patch(CONTAINER_SECURITY_POLICY, metadata.name, released, options).catch(unlessNotFound);
    }
    await this.admin.delete(KINDS.Namespace, namespace);
  }

  /** A new namespace with a name of its own, ready for pods. */
  async namespace(prefix: string, labels: Record<string, string> = {}): Promise<string> {
    const name = `${prefix}-${randomBytes(4).toString('hex')}`;
    await this.admin.create(KINDS.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
    this.#namespaces.push(name);
    await until(`ServiceAccount ${name}/default`, () =>
      this.admin.get(KINDS.ServiceAccount, 'default', name).catch(() => undefined),
    );
    return name;
  }

  /** Deleted, gone, and made again: another namespace of the same name. */
  async recreate(name: string): Promise<void> {
    const { metadata: old } = await this.admin.get<KubeObject>(KINDS.Namespace, name);
    await this.admin.delete(KINDS.Namespace, name);
    const isGone = () =>
      this.admin.get(KINDS.Namespace, name).then(
        () => false,
        (error) => classify(error) === 'NotFound',
      );
    await until(`${name} is gone`, isGone, GONE_MS);
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    const { metadata } = await this.admin.create<KubeObject>(KINDS.Namespace, body);
    if (metadata.uid === old.uid) throw new Error(`${name} is the same namespace`);
  }

  /** A new namespace for each of these prefixes, by prefix. */
  async namespaces<Prefix extends string>(prefixes: readonly Prefix[]): Promise<Record<Prefix, string>> {
    const made = prefixes.map(async (prefix) => [prefix, await this.namespace(prefix)] as const);
    return Object.fromEntries(await Promise.all(made)) as Record<Prefix, string>;
  }

  /** Starts an operator for these namespaces and waits until it works. It leaves ImageScans alone. */
  async operator(...namespaces: string[]): Promise<RunningOperator> {
    return await this.#start(namespaces);
  }

  /** Starts an operator to which other namespaces than usual are reserved. */
  async operatorReserving(reservedNamespaces: readonly string[], ...namespaces: string[]): Promise<RunningOperator> {
    return await this.#start(namespaces, undefined, { reservedNamespaces });
  }

  /** Starts an operator that finds the API server and the cluster's DNS elsewhere than usual. */
  async operatorWithFacts(
    { clock, nameservers, apiServer, ...dns }: FactsSetup,
    ...namespaces: string[]
  ): Promise<RunningOperator> {
    return await this.#start(namespaces, undefined, dns, undefined, {
      ...(clock && { clock }),
      ...(nameservers && { nameservers }),
      ...(apiServer && { apiServer }),
    });
  }

  /** Starts an operator with other rights than usual. */
  async operatorAs(kubeConfig: PooledKubeConfig, ...namespaces: string[]): Promise<RunningOperator> {
    return await this.#start(namespaces, undefined, {}, kubeConfig);
  }

  /** Starts an operator that scans too, and ends what it scans with when it is stopped. */
  async scanningOperator(scan: ScanSetup, ...namespaces: string[]): Promise<RunningOperator> {
    return await this.#start(namespaces, scan);
  }

  async #start(
    namespaces: string[],
    scan?: ScanSetup,
    more: Partial<Pick<OperatorSettings, 'reservedNamespaces' | 'dnsPeers' | 'dnsService'>> = {},
    kubeConfig = loadKubeConfig(this.operatorKubeconfig),
    options: Pick<OperatorOptions, 'clock' | 'nameservers' | 'apiServer'> = {},
  ): Promise<RunningOperator> {
    const registry = new Registry();
    const settings = { namespaces, workers: 4, resyncMs: 600_000, dnsPeers: DEFAULT_DNS_PEERS, ...more };
    const tools = scan && (await openTools(scan, new KubeClient(kubeConfig, { userAgent: 'palisade' })));
    const scanning = tools && {
      openScanTools: async () => tools,
      ...(scan.clock !== undefined && { clock: scan.clock }),
    };
    const operator = new PalisadeOperator({ kubeConfig, settings, ...scanning, ...options, registry, log: testLog() });
    await operator.start();
    const running = {
      registry,
      stop: async () => {
        operator.stop();
        await operator.stopped();
        await kubeConfig.close();
      },
    };
    this.#operators.push(running);
    return running;
  }

  /** Writes a policy as `kubectl apply --server-side` would. */
  async apply(
    namespace: string,
    name: string,
    spec: PolicySpec,
    annotations: Record<string, string> = {},
  ): Promise<ContainerSecurityPolicy> {
    const { group, version, kind } = CONTAINER_SECURITY_POLICY;
    const body = { apiVersion: `${group}/${version}`, kind, metadata: { name, namespace, annotations }, spec };
    const { object } = await this.admin.apply<ContainerSecurityPolicy>(CONTAINER_SECURITY_POLICY, body, {
      fieldManager: 'test-gitops',
      force: true,
    });
    return object;
  }

  async policy(namespace: string, name: string): Promise<ContainerSecurityPolicy> {
    return await this.admin.get<ContainerSecurityPolicy>(CONTAINER_SECURITY_POLICY, name, namespace);
  }

  async deletePolicy(namespace: string, name: string): Promise<void> {
    await this.admin.delete(CONTAINER_SECURITY_POLICY, name, { namespace });
  }

  /** Waits until the policy's present generation was reconciled and a condition has the status, and the reason if one is given. */
  async condition(
    namespace: string,
    name: string,
    type: string,
    status: string,
    reason?: string,
    ms?: number,
  ): Promise<ContainerSecurityPolicy> {
    let seen = 'nothing';
    const found = async (): Promise<ContainerSecurityPolicy | undefined> => {
      const policy = await this.policy(namespace, name);
      const condition = findCondition(policy.status?.conditions, type);
      seen = JSON.stringify(policy.status);
      const current = condition?.observedGeneration === policy.metadata.generation;
      return current && condition?.status === status && (reason ?? condition.reason) === condition.reason
        ? policy
        : undefined;
    };
    return await until(`${namespace}/${name} ${type}=${status} ${reason ?? ''}`, found, ms).catch((error: Error) => {
      throw new Error(`${error.message}; last seen: ${seen}`);
    });
  }

  /** @param ms where the usual bound is not enough */
  async ready(namespace: string, name: string, ms?: number): Promise<ContainerSecurityPolicy> {
    return await this.condition(namespace, name, 'Ready', 'True', undefined, ms);
  }

  async list<T extends object = KubeObject>(resource: Resource, namespace: string): Promise<T[]> {
    return (await this.admin.list<T>(resource, { namespace })).items;
  }

  async names(resource: Resource, namespace: string): Promise<string[]> {
    return (await this.list(resource, namespace)).map((o) => o.metadata.name).sort();
  }

  /** The namespace's Pod Security labels without their prefix. */
  async podSecurityLabels(namespace: string): Promise<Record<string, string>> {
    const { metadata } = await this.admin.get<KubeObject>(KINDS.Namespace, namespace);
    const prefix = 'pod-security.kubernetes.io/';
    const entries = Object.entries(metadata.labels ?? {}).filter(([key]) => key.startsWith(prefix));
    return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), value]));
  }

  /** A pod that is never scheduled: enough for admission. */
  async pod(
    namespace: string,
    name: string,
    options: { privileged?: boolean; labels?: Record<string, string> } = {},
  ): Promise<void> {
    const restricted = {
      allowPrivilegeEscalation: false,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    };
    const securityContext = options.privileged === true ? { privileged: true } : restricted;
    await this.admin.create(
      KINDS.Pod,
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace, labels: options.labels ?? {} },
        spec: { containers: [{ name: 'main', image: 'registry.example.com/app:1', securityContext }] },
      },
      { namespace },
    );
  }
}
