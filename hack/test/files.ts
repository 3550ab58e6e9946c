import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface TestFile {
  /** Relative to the root, with forward slashes. */
  path: string;
  timeoutMs: number;
  /** Waits until control planes can be started: everything in test/cluster, and files that say `// needs: cluster`. */
  needsCluster: boolean;
}

export async function findTestFiles(
  root: string,
  patterns: readonly string[],
  defaultTimeoutMs: number,
): Promise<TestFile[]> {
  const found: TestFile[] = [];
  for await (const entry of glob('test/**/*.test.ts', { cwd: root })) {
    const path = entry.replaceAll('\\', '/');
    if (patterns.length > 0 && !patterns.some((pattern) => path.includes(pattern))) continue;
    const source = await readFile(join(root, path), 'utf8');
    found.push({
      path,
      timeoutMs: timeoutIn(source) ?? defaultTimeoutMs,
      needsCluster: path.startsWith('test/cluster/') || head(source).includes('// needs: cluster'),
    });
  }
  return found.sort((a, b) => a.path.localeCompare(b.path));
}

/** A file's own bound, from a line such as `// timeout: 300s` among its first five. */
export function timeoutIn(source: string): number | undefined {
  const seconds = /^\/\/ timeout: (\d+)s$/m.exec(head(source))?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

function head(source: string): string {
  return source.split('\n', 5).join('\n');
}
