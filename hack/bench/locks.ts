import { CONTAINER_SECURITY_POLICY } from '../../src/api/group.ts';
import { TRUSTED_IMAGES_LABEL } from '../../src/api/keys.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { KubeClient } from '../../src/kube/rest/client.ts';
import { loadKubeConfig } from '../../src/kube/rest/kubeconfig.ts';
import { untilInEffect } from '../admission.ts';
import { OPERATOR_ACCOUNT } from '../install.ts';
import { KINDS } from '../kinds.ts';
import { until } from '../until.ts';
import { type BenchCluster, withCluster } from './cluster.ts';
import { type Figures, quantile } from './figures.ts';

/** With rules for images, and without. */
const RULED = 'bench-ruled';
const FREE = 'bench-free';
const WARM_UP = 20;
const CRD = 'containersecuritypolicies.security.palisade.dev';

const spec = {
  network: { allow: { sameNamespace: true } },
  podSecurity: { level: 'restricted' },
  access: { bindings: [{ profile: 'viewer', subjects: [{ kind: 'Group', name: 'readers' }] }] },
  images: { allowed: ['registry.example.com/team/*', 'docker.io/library/nginx'], onViolation: 'Enforce' },
};

const { group, version, kind } = CONTAINER_SECURITY_POLICY;
const policy = (name: string) => ({ apiVersion: `${group}/${version}`, kind, metadata: { name }, spec });

const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    schedulerName: 'nobody',
    containers: [{ name, image: 'registry.example.com/team/app:1.0' }],
    initContainers: [{ name: 'init', image: 'registry.example.com/team/init:1.0' }],
  },
});

type Write = (i: number) => Promise<unknown>;

/** The API server with some of the locks taken off. Each state is measured with new objects. */
class LockBench {
  readonly #admin: KubeClient;
  readonly #operator: KubeClient;
  readonly #n: number;
  readonly #figures: Record<string, number> = {};
  #round = 0;

  constructor(admin: KubeClient, operator: KubeClient, n: number) {
    this.#admin = admin;
    this.#operator = operator;
    this.#n = n;
  }

  async run(): Promise<Figures> {
    const owner = await this.#prepare();
    const policies = () =>
      this.#latency('a policy is created', (i) => this.#create(CONTAINER_SECURITY_POLICY, policy, i));
    const children = () => this.#latency('the operator creates a NetworkPolicy', (i) => this.#child(owner, i));
    const pods = (namespace: string) =>
      this.#latency(`a pod is created in ${namespace}`, (i) => this.#create(KINDS.Pod, pod, i, namespace));
    await this.#as('all locks', [policies, children, () => pods(RULED), () => pods(FREE)]);
    await this.#unbind('palisade-trusted-images');
    await this.#as('without image rules', [() => pods(RULED), () => pods(FREE)]);
    await this.#unbind('palisade-policy-');
    await this.#as('without lock C', [policies]);
    await this.#unbind('palisade-');
    await this.#as('without lock D', [children]);
    await this.#withoutRulesOfTheSchema();
    await this.#as('without lock B', [policies]);
    return this.#figures;
  }

  async #prepare(): Promise<KubeObject> {
    for (const name of [RULED, FREE]) {
      const labels = name === RULED ? { [TRUSTED_IMAGES_LABEL]: '' } : {};
      await this.#admin.create(KINDS.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
      const accounts = async () => (await this.#admin.list(KINDS.ServiceAccount, { namespace: name })).items.length > 0;
      await until(`ServiceAccount ${name}/default`, accounts);
    }
    return await this.#admin.create<KubeObject>(CONTAINER_SECURITY_POLICY, policy('rules'), { namespace: RULED });
  }

  async #as(state: string, measurements: readonly (() => Promise<Figures>)[]): Promise<void> {
    this.#round += 1;
    for (const measure of measurements) {
      for (const [what, value] of Object.entries(await measure())) this.#figures[`${what}, ${state}`] = value;
    }
  }

  async #latency(what: string, write: Write): Promise<Figures> {
    const taken: number[] = [];
    for (let i = 0; i < WARM_UP + this.#n; i += 1) {
      const started = performance.now();
      await write(i);
      if (i >= WARM_UP) taken.push(performance.now() - started);
    }
    return { [`${what}, p50 ms`]: quantile(taken, 0.5), [`${what}, p99 ms`]: quantile(taken, 0.99) };
  }

  #create(resource: typeof KINDS.Pod, body: (name: string) => object, i: number, namespace = FREE): Promise<unknown> {
    return this.#admin.create(resource, body(`b-${this.#round}-${i}`), { namespace });
  }

  #child({ apiVersion, kind: ownerKind, metadata }: KubeObject, i: number): Promise<unknown> {
    const { name, uid } = metadata;
    const owner = { apiVersion, kind: ownerKind, name, uid, controller: true, blockOwnerDeletion: true };
    const body = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: `b-${this.#round}-${i}`, ownerReferences: [owner] },
      spec: { podSelector: {}, policyTypes: ['Ingress'] },
    };
    return this.#operator.create(KINDS.NetworkPolicy, body, { namespace: RULED });
  }

  /** Takes the bindings off whose names begin so. */
  async #unbind(prefix: string): Promise<void> {
    const { items } = await this.#admin.list<KubeObject>(KINDS.ValidatingAdmissionPolicyBinding, {});
    for (const { metadata } of items.filter((binding) => binding.metadata.name.startsWith(prefix))) {
      await this.#admin.delete(KINDS.ValidatingAdmissionPolicyBinding, metadata.name);
    }
    await untilInEffect(this.#admin, OPERATOR_ACCOUNT.namespace);
  }

  /** Its types stay; what CEL checks goes. */
  async #withoutRulesOfTheSchema(): Promise<void> {
    const crd = await this.#admin.get<KubeObject & { spec: object }>(KINDS.CustomResourceDefinition, CRD);
    const bare = JSON.parse(JSON.stringify(crd.spec), (key, value) =>
      key === 'x-kubernetes-validations' ? undefined : value,
    );
    await this.#admin.patch(KINDS.CustomResourceDefinition, CRD, { spec: bare }, { type: 'merge' });
    await untilInEffect(this.#admin, OPERATOR_ACCOUNT.namespace);
  }
}

const measure = async ({ admin, kubeconfig }: BenchCluster, n: number): Promise<Figures> => {
  const config = loadKubeConfig(kubeconfig);
  try {
    return await new LockBench(admin, new KubeClient(config, { userAgent: 'palisade-bench' }), n).run();
  } finally {
    await config.close();
  }
};

/** The cost of each lock of docs/SECURITY.md to users of the API server: N requests, one after the other. */
export const benchLocks = (n: number): Promise<Figures> => withCluster((cluster) => measure(cluster, n));
