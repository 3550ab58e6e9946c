import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A program that ends with 0 when all is well, and else prints what is not. */
export interface Check {
  name: string;
  file: string;
  args: readonly string[];
}

/** Only what has changed since the last run; `npm ci` removes the cache. */
const incremental = ['--incremental', '--tsBuildInfoFile', 'node_modules/.cache/tsc/check.tsbuildinfo'];

/** Checks before any test: generated files are current, style, types. */
export function staticChecks(root: string): Check[] {
  const bin = (name: string) => join(root, 'node_modules/.bin', name);
  const generate = { name: 'generate --check', file: process.execPath, args: ['hack/generate.ts', '--check'] };
  return [
    ...(existsSync(join(root, 'hack/generate.ts')) ? [generate] : []),
    { name: 'biome ci', file: bin('biome'), args: ['ci', '--colors=off', '--diagnostic-level=error'] },
    { name: 'tsc', file: bin('tsc'), args: ['-p', '.', '--pretty', 'false', ...incremental] },
  ];
}

/**
 * Checks that the operator has the rights that it uses, and no others.
 * @param audit directory of the audit logs of all tests
 * @param options.part not of all tests: a right that none of them uses is no fault
 */
export const rightsCheck = (audit: string, { part }: { part: boolean }): Check => ({
  name: 'rights of the operator',
  file: process.execPath,
  args: ['hack/rights.ts', ...(part ? ['--part'] : []), audit],
});
