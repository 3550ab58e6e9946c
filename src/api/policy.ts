/** Names for the parts of a ContainerSecurityPolicy; the shapes are generated from crds/. */
import type { ContainerSecurityPolicy } from './containersecuritypolicy.generated.ts';

export type { ContainerSecurityPolicy } from './containersecuritypolicy.generated.ts';

export type PolicySpec = ContainerSecurityPolicy['spec'];
export type PolicyStatus = NonNullable<ContainerSecurityPolicy['status']>;
export type NetworkSection = NonNullable<PolicySpec['network']>;
type Allow = NonNullable<NetworkSection['allow']>;
export type Direction = NonNullable<NetworkSection['isolate']>[number];
export type Selector = NonNullable<NetworkSection['podSelector']>;
export type IngressRule = NonNullable<Allow['ingress']>[number];
export type EgressRule = NonNullable<Allow['egress']>[number];
export type Peer = IngressRule['from'][number];
export type Port = NonNullable<IngressRule['ports']>[number];
export type PodSecuritySection = NonNullable<PolicySpec['podSecurity']>;
export type PodSecurityLevel = PodSecuritySection['level'];
export type AccessSection = NonNullable<PolicySpec['access']>;
type Binding = NonNullable<AccessSection['bindings']>[number];
export type Profile = Binding['profile'];
export type FreeRole = NonNullable<AccessSection['roles']>[number];
export type ImagesSection = NonNullable<PolicySpec['images']>;
export type ScanSection = NonNullable<PolicySpec['scan']>;
/** What a policy puts in force. */
export type Sections = Pick<PolicySpec, 'network' | 'podSecurity' | 'access' | 'images' | 'scan'>;
export type Subject = Binding['subjects'][number];

/** What identifies a policy while rendering: no cluster is needed, so no UID. */
export interface PolicyName {
  name: string;
  namespace: string;
}
