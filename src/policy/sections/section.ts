import type { ContainerSecurityPolicy, PolicySpec, PolicyStatus, Sections } from '../../api/policy.ts';
import type { KubeClient } from '../../kube/rest/client.ts';
import type { CachedPolicy, PolicyCaches } from '../caches.ts';
import type { Child } from '../children/kinds.ts';
import type { Change, PolicyChildren } from '../children/writer.ts';
import type { SectionName, SectionOutcome } from '../status/outcome.ts';
import type { SectionStatus } from '../status/status.ts';

export interface SectionResult {
  /** Absent when the policy has no such section. */
  readonly outcome?: SectionOutcome;
  readonly status?: SectionStatus;
  /** Generated objects that were created, updated or deleted. */
  readonly changes?: readonly Change[];
  /** Labels of the namespace that were set, changed or released, as `key: from → to`. */
  readonly labels?: readonly string[];
}

/** The effect that a section would have. */
export interface SectionPreview {
  /** The objects that it would generate. */
  readonly children?: readonly Child[];
  /** Labels of the namespace that it would set, change or release, as `key: from → to`. */
  readonly labels?: readonly string[];
  readonly status?: NonNullable<PolicyStatus['preview']>;
  /** Only after an error; catch-errors.ts sets it. */
  readonly outcome?: SectionOutcome;
}

/** One protection of a policy. Its methods may throw: catch-errors.ts turns an error into an outcome. */
export interface Section {
  readonly name: SectionName;
  /** Puts the policy's section in force as its mode requires; withdraws what a policy without the section left. */
  enforce(policy: CachedPolicy, children: PolicyChildren): Promise<SectionResult>;
  /** Removes everything of a policy that is being deleted. */
  withdraw(policy: CachedPolicy, children: PolicyChildren): Promise<SectionResult>;
  /** The effect of the section of `wanted` in place of the one that is in force, if one is. Writes nothing. */
  preview(policy: CachedPolicy, wanted: Sections): Promise<SectionPreview>;
}

/** The dependencies of the sections. */
export interface SectionOptions {
  readonly client: KubeClient;
  readonly caches: PolicyCaches;
}

/** In mode Audit a section that generates objects generates none. */
export const enforcedSpec = ({ spec }: ContainerSecurityPolicy): PolicySpec => (spec.mode === 'Audit' ? {} : spec);
