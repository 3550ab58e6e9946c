import { isDeepStrictEqual } from 'node:util';
import { FIELD_MANAGERS } from '../../../api/keys.ts';
import type { ContainerSecurityPolicy } from '../../../api/policy.ts';
import { BY_NAMESPACE } from '../../../kube/cache/store.ts';
import { KeyedMutex } from '../../../kube/keyed-mutex.ts';
import { NAMESPACES } from '../../../kube/kinds.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { KubeClient } from '../../../kube/rest/client.ts';
import type { PolicyCaches } from '../../caches.ts';
import { type NamespaceView, toNamespaceView } from '../../namespace.ts';
import { notNow } from '../../not-now.ts';
import { claimsOf } from './claims.ts';
import { type Claim, decideLabels, ladder, ownedLabels } from './decide.ts';
import { labelsFor } from './labels.ts';
import { describeStandard, type Standard } from './level.ts';
import { changesOf, type Inquiry, type PodSecurityResult, report } from './report.ts';
import { isClean, parseViolations, type Violations } from './violations.ts';

/** Keeps the Pod Security labels of a namespace as all of its policies together ask, under one field manager, without force. */
export class PodSecurityStep {
  readonly #client: KubeClient;
  readonly #caches: PolicyCaches;
  readonly #turns = new KeyedMutex();

  constructor(client: KubeClient, caches: PolicyCaches) {
    this.#client = client;
    this.#caches = caches;
  }

  /** Asks the API server which existing pods violate a level, by a dry-run; only it knows. */
  async #violations(namespace: NamespaceView, standard: Standard): Promise<Violations> {
    const patch = { metadata: { labels: Object.fromEntries(labelsFor('enforce', standard)) } };
    const { warnings } = await this.#client.patch(NAMESPACES, namespace.metadata.name, patch, {
      type: 'merge',
      dryRun: true,
    });
    return parseViolations(warnings);
  }

  /** One policy of a namespace at a time: its labels are decided for all of them at once. @throws ApiError */
  async run(policy: ContainerSecurityPolicy): Promise<PodSecurityResult> {
    return await this.#turns.run(policy.metadata.namespace, () => this.#run(policy));
  }

  async #run(policy: ContainerSecurityPolicy): Promise<PodSecurityResult> {
    const before = this.#caches.namespaces.get(policy.metadata.namespace);
    const outcome = notNow('PodSecurity', policy.metadata.namespace, before);
    if (before === undefined || outcome !== undefined)
      return { changes: [], ...(policy.spec.podSecurity && outcome && { outcome }) };
    const claims = this.#claims(policy);
    const own = claimsOf(policy).at(0);
    // A policy that asks for nothing leaves the labels, and the Event about them, to those that do.
    if (own === undefined && claims.some((c) => c.frozen === undefined)) return { changes: [] };
    const inquiry = await this.#inquire(before, claims);
    const decision = decideLabels(claims, before.podSecurity, inquiry.accepted);
    const changes = changesOf(before.podSecurity, decision.labels);
    const after = await this.#apply(before, decision.labels);
    return own === undefined ? { changes } : { changes, ...report(own, claims, after, decision, inquiry) };
  }

  /** What the policy would change and break in mode Enforce. Writes nothing. @throws ApiError */
  async preview(policy: ContainerSecurityPolicy): Promise<{ changes: string[]; violations?: Violations }> {
    const namespace = this.#caches.namespaces.get(policy.metadata.namespace);
    const [own] = claimsOf({ ...policy, spec: { ...policy.spec, mode: 'Enforce' } });
    if (namespace === undefined || own === undefined) return { changes: [] };
    const claims = [...this.#claims(policy), own];
    const { accepted, violations } = await this.#inquire(namespace, claims);
    const { labels } = decideLabels(claims, namespace.podSecurity, accepted);
    const found = violations.get(describeStandard(own));
    return { changes: changesOf(namespace.podSecurity, labels), ...(found !== undefined && { violations: found }) };
  }

  #claims(policy: ContainerSecurityPolicy): Claim[] {
    return this.#caches.policies.byIndex(BY_NAMESPACE, policy.metadata.namespace).flatMap(claimsOf);
  }

  async #inquire(namespace: NamespaceView, claims: readonly Claim[]): Promise<Inquiry> {
    const violations = new Map<string, Violations>();
    for (const { claim, ask } of ladder(claims, namespace.podSecurity)) {
      if (!ask) return { accepted: claim, violations };
      const answer = await this.#violations(namespace, claim);
      violations.set(describeStandard(claim), answer);
      if (isClean(answer)) return { accepted: claim, violations };
    }
    return { violations };
  }

  async #apply(before: NamespaceView, labels: Readonly<Record<string, string>>): Promise<NamespaceView> {
    if (isDeepStrictEqual(labels, ownedLabels(before.podSecurity))) return before;
    const { name, uid } = before.metadata;
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, uid, labels } };
    const { object } = await this.#client.apply<KubeObject>(NAMESPACES, body, {
      fieldManager: FIELD_MANAGERS.podSecurity,
    });
    const after = toNamespaceView(object);
    this.#caches.namespaces.upsert(after);
    return after;
  }
}
