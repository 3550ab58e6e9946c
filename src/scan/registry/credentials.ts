/** What a registry is shown. Never logged. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}
