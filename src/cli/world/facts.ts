import { ENDPOINT_SLICES, SERVICES } from '../../kube/kinds.ts';
import { API_SERVER } from '../../operator/watches.ts';
import { apiServerEndpoints } from '../../policy/sections/network/apiserver.ts';
import type { ApiServerEndpoint, NetworkContext } from '../../policy/sections/network/context.ts';
import type { DnsSetting } from '../../policy/sections/network/dns.ts';
import {
  dnsServices,
  SERVICE_NAME_LABEL,
  type ServiceObject,
  type SliceObject,
} from '../../policy/sections/network/dns-service.ts';
import { dnsPeers } from '../../policy/sections/network/dns-state.ts';
import { isOfKind, type KubernetesObject } from './kubernetes-object.ts';

/** What a user says of the cluster. */
export interface FactSettings {
  readonly dns: DnsSetting;
  /** Absent: as the cluster has it. */
  readonly apiServer?: readonly ApiServerEndpoint[];
}

/** The facts about the cluster that rendering needs. */
export interface Facts {
  readonly context: NetworkContext;
  /** The operator may find other DNS peers. */
  readonly isDnsPartial: boolean;
}

/** Where the operator looks for the DNS of a cluster by default. */
const isDnsPlace = ({ metadata: { namespace, name, labels = {} } }: KubernetesObject): boolean =>
  (namespace === 'kube-system' && ['kube-dns', 'coredns'].includes(labels['k8s-app'] ?? '')) ||
  (namespace === 'openshift-dns' && name === 'dns-default');

const isOfService = ({ metadata: { namespace, labels } }: KubernetesObject, service: string): boolean =>
  `${namespace}/${labels?.[SERVICE_NAME_LABEL]}` === service;

/** The cluster's DNS and API server, as far as its objects show them. */
export const factsOf = (objects: readonly KubernetesObject[], { dns, apiServer }: FactSettings): Facts => {
  const services = objects.filter((object) => isOfKind(object, SERVICES));
  const slices = objects.filter((object) => isOfKind(object, ENDPOINT_SLICES));
  const found = dnsServices(
    services.filter(isDnsPlace) as unknown as ServiceObject[],
    slices as unknown as SliceObject[],
  );
  const own = slices.filter((slice) => isOfService(slice, API_SERVER)) as unknown as SliceObject[];
  const front = services.filter(({ metadata }) => `${metadata.namespace}/${metadata.name}` === API_SERVER);
  return {
    context: {
      dnsPeers: dnsPeers(dns, found, []),
      apiServer: apiServer ?? apiServerEndpoints(own, front as unknown as ServiceObject[]),
    },
    isDnsPartial: dns.auto && found.length === 0,
  };
};
