const OLDEST = [0, 68, 0] as const;
export const OLDEST_TRIVY = OLDEST.join('.');

/** Published by an attacker: they steal all credentials that they find. */
const MALICIOUS: readonly string[] = ['0.69.4', '0.69.5', '0.69.6'];

const isOlder = (version: readonly number[]): boolean => {
  const decisive = OLDEST.findIndex((part, i) => part !== version[i]);
  return decisive !== -1 && (version[decisive] ?? 0) < (OLDEST[decisive] ?? 0);
};

/**
 * @param version as `trivy version` prints it, such as 0.74.0
 * @throws Error with the reason why this Trivy cannot be used, and the cure
 */
export const checkTrivyVersion = (version: string): void => {
  const parts = /^v?(\d+)\.(\d+)\.(\d+)(?:[-+][\w.+-]*)?$/.exec(version)?.slice(1).map(Number);
  if (parts === undefined) {
    throw new Error(
      `Trivy ${JSON.stringify(version)} has an unknown version, so it cannot be distinguished from the malicious releases: use a release, such as 0.74.0`,
    );
  }
  if (MALICIOUS.includes(parts.join('.'))) {
    throw new Error(
      `Trivy ${version} is malicious (GHSA-69fq-xp46-6x23, CVE-2026-33634): remove it, replace every credential that it could read, and use 0.74.0`,
    );
  }
  if (isOlder(parts)) throw new Error(`Trivy ${version} is too old: use ${OLDEST_TRIVY} or later, such as 0.74.0`);
};
