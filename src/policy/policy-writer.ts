import type { ContainerSecurityPolicy, PolicyStatus } from '../api/policy.ts';

/** The writes to a policy itself. The operator provides them. */
export interface PolicyWriter {
  /**
   * Adds the finalizer when it is missing; withdraws and removes it when the policy is being deleted.
   * @returns true when the reconcile ends here: the policy is being deleted, or the finalizer was added just now.
   */
  handleFinalizer(policy: ContainerSecurityPolicy, withdraw: () => Promise<void>): Promise<boolean>;
  removeFinalizer(policy: ContainerSecurityPolicy): Promise<void>;
  /** @throws ApiError: Conflict when the policy has changed since it was read */
  setStatus(policy: ContainerSecurityPolicy, status: PolicyStatus): Promise<void>;
}
