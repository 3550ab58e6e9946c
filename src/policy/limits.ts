/** NetworkPolicies per direction of one policy, besides the one for all pods. Seven rules for pods with seven labels exceed it. */
export const MAX_OVERLAPS = 64;
