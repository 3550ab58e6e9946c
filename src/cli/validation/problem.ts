/** A problem of an object. */
export interface Problem {
  /** The field as kubectl names it: spec.network.allow.ingress[0].from[0].cidr; empty when it is the object as a whole. */
  readonly path: string;
  /** The problem and its cure, without the path. */
  readonly message: string;
}
