import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { findCondition } from '../../src/api/conditions.ts';
import { CONTAINER_SECURITY_POLICY } from '../../src/api/group.ts';
import type { ContainerSecurityPolicy } from '../../src/api/policy.ts';
import type { Applied, KubeObject } from '../../src/kube/object.ts';
import { KubeClient } from '../../src/kube/rest/client.ts';
import { ApiError } from '../../src/kube/rest/errors.ts';
import type { PooledKubeConfig } from '../../src/kube/rest/kubeconfig.ts';
import type { Resource } from '../../src/kube/rest/resource.ts';
import type { Cluster } from '../controlplane/cluster.ts';
import { KINDS } from '../kinds.ts';
import { until } from '../until.ts';
import { Kubectl } from './kubectl.ts';
import { refusal } from './refusal.ts';
import type { Sample } from './samples.ts';
import type { DemoScans } from './scans.ts';

const root = join(import.meta.dirname, '../..');

const POD_SECURITY = 'pod-security.kubernetes.io/';

/** A policy as kubectl names it in its output. */
export const printedName = (policy: string): string => `containersecuritypolicy.security.palisade.dev/${policy}`;

/** As `kubectl apply --server-side` of a user. @returns the output of kubectl */
export const applyAs = async (who: KubeClient, policy: Applied): Promise<string> => {
  const applied = who.apply(CONTAINER_SECURITY_POLICY, policy, { fieldManager: 'kubectl', force: true });
  return (await refusal(applied)) ?? `${printedName(policy.metadata.name)} serverside-applied`;
};

/** A cluster in which Palisade runs, as an administrator sees it. */
export class Stage {
  readonly cluster: Cluster;
  readonly config: PooledKubeConfig;
  readonly samples: readonly Sample[];
  readonly scans: DemoScans;
  /** For files; the demo removes it. */
  readonly directory: string;
  readonly admin: KubeClient;
  readonly kubectl: Kubectl;

  constructor(
    cluster: Cluster,
    config: PooledKubeConfig,
    samples: readonly Sample[],
    scans: DemoScans,
    directory: string,
  ) {
    this.cluster = cluster;
    this.config = config;
    this.samples = samples;
    this.scans = scans;
    this.directory = directory;
    this.admin = new KubeClient(config, { userAgent: 'palisade-demo' });
    this.kubectl = new Kubectl(config);
  }

  /** As the administrator. @returns the output of kubectl */
  async apply(policy: Applied): Promise<string> {
    return await applyAs(this.admin, policy);
  }

  /** `kubectl apply --server-side` of a file of the repository. @returns the output of kubectl */
  async applyFile(path: string): Promise<string> {
    const objects = parseAllDocuments(await readFile(join(root, path), 'utf8')).map((d) => d.toJS() as Applied);
    const lines: string[] = [];
    for (const object of objects) {
      const resource = Object.values(KINDS).find(({ kind }) => kind === object.kind) ?? CONTAINER_SECURITY_POLICY;
      await this.admin.apply(resource, object, { fieldManager: 'kubectl', force: true });
      lines.push(`${object.kind.toLowerCase()}/${object.metadata.name} serverside-applied`);
    }
    return lines.join('\n');
  }

  async policy(namespace: string, name: string): Promise<ContainerSecurityPolicy> {
    return await this.admin.get<ContainerSecurityPolicy>(CONTAINER_SECURITY_POLICY, name, namespace);
  }

  /** Waits until the policy's present generation has the condition. @returns its message */
  async condition(namespace: string, name: string, type: string, status: string, reason?: string): Promise<string> {
    const message = async () => {
      const { metadata, status: found } = await this.policy(namespace, name);
      const condition = findCondition(found?.conditions, type);
      if (condition?.observedGeneration !== metadata.generation || condition?.status !== status) return undefined;
      return reason === undefined || condition.reason === reason ? condition.message : undefined;
    };
    return await until(`${namespace}/${name} ${type}=${status} ${reason ?? ''}`, message);
  }

  async list<T extends object = KubeObject>(resource: Resource, namespace: string): Promise<T[]> {
    return (await this.admin.list<T>(resource, { namespace })).items;
  }

  /** The namespace's Pod Security labels without their prefix. */
  async podSecurity(namespace: string): Promise<Record<string, string>> {
    const { metadata } = await this.admin.get<KubeObject>(KINDS.Namespace, namespace);
    const own = Object.entries(metadata.labels ?? {}).filter(([key]) => key.startsWith(POD_SECURITY));
    return Object.fromEntries(own.map(([key, value]) => [key.slice(POD_SECURITY.length), value]));
  }

  async isGone(resource: Resource, name: string, namespace?: string): Promise<boolean> {
    try {
      await this.admin.get(resource, name, namespace);
      return false;
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return true;
      throw error;
    }
  }

  /** The namespace with two of its labels as columns: the command that shows them, and its output. */
  async showLabels(namespace: string): Promise<[command: string, output: string]> {
    const labels = ['enforce', 'warn'].map((mode) => `${POD_SECURITY}${mode}`);
    return [
      `kubectl get ns ${namespace} -L ${labels.join(',')}`,
      await this.kubectl.get(KINDS.Namespace, { name: namespace, labels }),
    ];
  }
}
