import type { Address } from './address-block.ts';
import type { LabelSet } from './label-sets.ts';
import type { ContainerPort } from './world.ts';

/** Pods that no policy of the world can tell apart. */
export interface PodClass {
  readonly index: number;
  readonly namespace: string;
  readonly labels: LabelSet;
  readonly ports: readonly ContainerPort[];
  readonly hostNetwork: boolean;
  readonly finished: boolean;
  /** The ipBlocks of the world that contain an address of theirs; absent: their addresses are not known yet. */
  readonly blocks?: ReadonlySet<number>;
}

/** An address that is no pod's. */
export interface AddressParty {
  readonly address: Address;
  readonly isNode: boolean;
}

/** One end of a connection. */
export type Party = PodClass | AddressParty;

export const isAddress = (party: Party): party is AddressParty => 'address' in party;
