/** Secrets are not watched: changed credentials are noticed by reading them again. */
export const CREDENTIALS_RECHECK_MS = 300_000;

/** Trivy's database is rebuilt several times a day; an older one misses new vulnerabilities. */
export const DATABASE_OLD_MS = 7 * 86_400_000;
