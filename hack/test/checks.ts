import { existsSync } from 'node:fs';
import { join } from 'node:path';

export interface Check {
  name: string;
  file: string;
  args: readonly string[];
}

/** What must hold before any test: generated files are current, style, types. */
export function staticChecks(root: string): Check[] {
  const bin = (name: string) => join(root, 'node_modules/.bin', name);
  const generate = { name: 'generate --check', file: process.execPath, args: ['hack/generate.ts', '--check'] };
  return [
    ...(existsSync(join(root, 'hack/generate.ts')) ? [generate] : []),
    { name: 'biome ci', file: bin('biome'), args: ['ci', '--colors=off', '--diagnostic-level=error'] },
    { name: 'tsc', file: bin('tsc'), args: ['-p', '.', '--pretty', 'false'] },
  ];
}
