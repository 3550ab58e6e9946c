/** Sent to a registry. Never logged. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}
