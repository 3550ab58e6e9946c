import type { FindingReason } from './reasons.ts';

/** Something about a policy's rules that hardly anybody wants; never a failure, since nobody but its author can know. */
export interface Finding {
  readonly reason: FindingReason;
  /** The rule in the user's words, as `ingress[1] "web calls api"`; absent when the policy as a whole is concerned. */
  readonly rule?: string;
  /** The cause and the likely cure, for people. */
  readonly message: string;
}
