/** NetworkPolicies per direction of one policy, besides the one for all pods. Seven rules for pods with seven labels exceed it. */
export const MAX_OVERLAPS = 64;

/** Values of labels in the selectors of the NetworkPolicies per direction of one policy: more take too long to compare. */
export const MAX_SELECTOR_VALUES = 2 ** 17;

/** Size of one NetworkPolicy as JSON: etcd refuses requests of more. */
export const MAX_NETWORK_POLICY_MIB = 1.5;

/** Size of all NetworkPolicies of one policy as JSON: every reconcile compares them with the cache. */
export const MAX_NETWORK_POLICIES_MIB = 4;
