import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkTrivyVersion } from '../../../../src/scan/scanner/trivy/version.ts';

for (const version of [
  '0.68.0',
  '0.69.3',
  '0.70.0',
  '0.74.0',
  'v0.74.0',
  '0.100.0',
  '1.0.0',
  '0.74.0-rc.1',
  '0.69.40',
]) {
  test(`${version} may be used`, () => checkTrivyVersion(version));
}

for (const version of ['0.69.4', '0.69.5', '0.69.6', 'v0.69.4', '0.69.5+1', '0.69.6-1', '00.69.04']) {
  test(`${version} is refused as malicious`, () => {
    assert.throws(
      () => checkTrivyVersion(version),
      (error: Error) =>
        error.message ===
        `Trivy ${version} is malicious (GHSA-69fq-xp46-6x23, CVE-2026-33634): remove it, replace every credential that it could read, and use 0.74.0`,
    );
  });
}

for (const version of ['0.67.9', '0.9.100', '0.0.1']) {
  test(`${version} is too old`, () => {
    assert.throws(
      () => checkTrivyVersion(version),
      (error: Error) => error.message === `Trivy ${version} is too old: use 0.68.0 or later, such as 0.74.0`,
    );
  });
}

for (const version of ['', 'dev', '0.69', '0.69.4\n', ' 0.69.4', 'main-abcdef']) {
  test(`${JSON.stringify(version)} is no version`, () => {
    assert.throws(
      () => checkTrivyVersion(version),
      (error: Error) => error.message.startsWith(`Trivy ${JSON.stringify(version)} has an unknown version`),
    );
  });
}

test.run();
