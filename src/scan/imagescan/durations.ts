/** Secrets are not watched: changed credentials are noticed by reading them again. */
export const CREDENTIALS_RECHECK_MS = 300_000;
