import type { ContainerSecurityPolicy, PolicyStatus } from '../api/policy.ts';
import { PODS } from '../kube/kinds.ts';
import type { KubeObject } from '../kube/object.ts';
import type { KubeClient } from '../kube/rest/client.ts';
import { classify } from '../kube/rest/errors.ts';
import type { Child } from './children/kinds.ts';
import type { ChildWriter } from './children/writer.ts';
import { renderAccess } from './sections/access/render.ts';
import type { ImagesStep } from './sections/images/step.ts';
import { renderImageScan } from './sections/imagescan/render.ts';
import type { NetworkContext } from './sections/network/context.ts';
import { renderNetwork } from './sections/network/render.ts';
import { labelSelector } from './sections/network/requirements.ts';
import { shown } from './sections/podsecurity/report.ts';
import type { PodSecurityStep } from './sections/podsecurity/step.ts';

type Preview = NonNullable<PolicyStatus['preview']>;

/** The schema's bounds on the lists of status.preview. */
const MAX_CREATE = 64;
const MAX_CHANGE = 16;
const MAX_REFUSED = 16;

/** Says what mode Enforce would create, change and break, by asking the API server and writing nothing. */
export class PreviewStep {
  readonly #client: KubeClient;
  readonly #writer: ChildWriter;
  readonly #podSecurity: PodSecurityStep;
  readonly #images: ImagesStep;

  constructor(client: KubeClient, writer: ChildWriter, podSecurity: PodSecurityStep, images: ImagesStep) {
    this.#client = client;
    this.#writer = writer;
    this.#podSecurity = podSecurity;
    this.#images = images;
  }

  /** @throws ApiError, StalledError */
  async run(policy: ContainerSecurityPolicy, context: NetworkContext): Promise<Preview> {
    const { network, access, scan } = policy.spec;
    const rendered = access === undefined ? undefined : renderAccess(policy.metadata, access);
    const children: Child[] = [
      ...(network === undefined ? [] : renderNetwork(policy.metadata, network, context).policies),
      ...(rendered === undefined ? [] : [...rendered.roles, ...rendered.bindings]),
      ...(scan === undefined ? [] : [renderImageScan(policy.metadata, scan)]),
    ];
    const refused = await this.#refusals(policy, children);
    return {
      create: children.map((c) => `${c.kind}/${c.metadata.name}`).slice(0, MAX_CREATE),
      ...(refused.length > 0 && { refused: refused.slice(0, MAX_REFUSED) }),
      ...(network !== undefined && { isolatedPods: await this.#countPods(policy) }),
      ...(await this.#labels(policy)),
      ...this.#images.preview(policy),
    };
  }

  async #refusals(policy: ContainerSecurityPolicy, children: readonly Child[]): Promise<string[]> {
    const refused: string[] = [];
    for (const child of children) {
      try {
        await this.#writer.dryRun(child, policy);
      } catch (error) {
        const failure = classify(error);
        // A dry-run leaves no Role behind for its binding to find.
        if (failure === 'RoleNotFound') continue;
        if (
          !['EscalationRefused', 'AdmissionRefused', 'Invalid', 'Forbidden', 'AlreadyExists', 'QuotaExceeded'].includes(
            failure,
          )
        )
          throw error;
        refused.push(`${child.kind}/${child.metadata.name}: ${(error as Error).message}`.slice(0, 1024));
      }
    }
    return refused;
  }

  async #countPods(policy: ContainerSecurityPolicy): Promise<number> {
    const selector = labelSelector(policy.spec.network?.podSelector);
    const { items } = await this.#client.list<KubeObject>(PODS, {
      namespace: policy.metadata.namespace,
      ...(selector !== '' && { labelSelector: selector }),
    });
    return items.length;
  }

  async #labels(policy: ContainerSecurityPolicy): Promise<Preview> {
    if (policy.spec.podSecurity === undefined) return {};
    const { changes, violations } = await this.#podSecurity.preview(policy);
    return {
      change: changes.slice(0, MAX_CHANGE),
      ...(violations !== undefined && { violatingPods: violations.pods }),
      ...(violations !== undefined && violations.groups.length > 0 && { violations: shown(violations) }),
    };
  }
}
