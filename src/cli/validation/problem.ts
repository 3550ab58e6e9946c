/** What is wrong with an object. */
export interface Problem {
  /** The field as kubectl names it: spec.network.allow.ingress[0].from[0].cidr; empty when it is the object as a whole. */
  readonly path: string;
  /** What is wrong and what would be right, without the path. */
  readonly message: string;
}
