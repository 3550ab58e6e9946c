/** Why it is not known whether something matches: network plug-ins differ, or a fact is missing. */
export type Doubt =
  /** An ipBlock contains the address of a pod. */
  | 'PodByAddress'
  /** An ipBlock, and a pod without an address. */
  | 'NoAddressYet'
  /** An ipBlock contains the address of a node. */
  | 'NodeByAddress'
  /** A selector selects a pod on the host network. */
  | 'HostNetworkPeer'
  /** The name of a port that a pod on the host network declares. */
  | 'HostNetworkPort'
  /** Containers of a pod give several ports the same name. */
  | 'AmbiguousPortName'
  /** The name of a port that only a sidecar of the pod declares. */
  | 'SidecarPort'
  /** A namespaceSelector, and a namespace whose labels are unknown. */
  | 'NamespaceLabelsUnknown'
  /** An ipBlock whose network is none that can be read. */
  | 'UnreadableBlock'
  /** A node reaches its own pods, and it is not known whether the source is, or is on, the node of the destination. */
  | 'NodeUnknown';

export type Match = boolean | Doubt;

/** All must match. */
export const both = (a: Match, b: Match): Match => {
  if (a === false || b === false) return false;
  return a === true ? b : a;
};

/** One must match. */
export const anyOf = <T>(items: readonly T[], match: (item: T) => Match): Match => {
  let found: Match = false;
  for (const item of items) {
    const one = match(item);
    if (one === true) return true;
    if (found === false) found = one;
  }
  return found;
};
