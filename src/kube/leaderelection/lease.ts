import type { KubeObject } from '../object.ts';

/** Lease of coordination.k8s.io/v1, as far as an election uses it. Times are RFC 3339 with microseconds. */
export interface Lease extends KubeObject {
  spec?: {
    /** Absent or empty: not held. */
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

export type LeaseSpec = NonNullable<Lease['spec']>;

export const holderOf = (lease: Lease | undefined): string => lease?.spec?.holderIdentity ?? '';
