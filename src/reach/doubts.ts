import type { Doubt } from './match.ts';

/** Why it is not known, and the cure; continues a sentence. */
export const DOUBTS: Readonly<Record<Doubt, string>> = {
  PodByAddress:
    'its cidr contains the address of the pod, and network plug-ins differ on whether a cidr matches pods: select the pod with namespaces and pods',
  NoAddressYet:
    'it has a cidr, and the pod has no address yet; network plug-ins also differ on whether a cidr matches pods: select the pod with namespaces and pods',
  NodeByAddress:
    'its cidr contains the address of a node, and network plug-ins differ on whether a cidr matches nodes: write anywhere, or try it',
  HostNetworkPeer:
    'it selects a pod on the host network, which most network plug-ins do not match by labels: write anywhere, or the addresses of the nodes',
  HostNetworkPort:
    'it names a port of a pod on the host network, which most network plug-ins do not look up: write the number of the port',
  AmbiguousPortName:
    'it names a port by a name that several ports of the pod have, and network plug-ins differ on which of them it is: write the number of the port',
  SidecarPort:
    'it names a port that only a sidecar (an init container with restartPolicy: Always) declares, and network plug-ins differ on whether they look there: write the number of the port',
  NamespaceLabelsUnknown:
    'it has a namespaceSelector, and the labels of the namespace are unknown: add the Namespace, or select it by its name with namespaces',
  UnreadableBlock: 'its cidr cannot be read, and network plug-ins differ on what it is: correct the cidr',
  NodeUnknown:
    'a node reaches its own pods, and it is unknown whether the source, a node or a pod on the host network, is on the node of the destination',
};
