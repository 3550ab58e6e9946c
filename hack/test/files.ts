import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Need, needs } from './needs.ts';
import { type SuiteName, suiteNames } from './suites.ts';

export interface TestFile {
  /** Relative to the root, with forward slashes. */
  path: string;
  timeoutMs: number;
  /** From a line such as `// weight: 0.3`: how many cores it keeps busy, where that cannot be measured. */
  weight?: number;
  /** Waits until they are there: a cluster for everything in test/cluster, and what `// needs: cluster, scanner` says. */
  needs: Need[];
  /** From a line such as `// suite: all, faults`. */
  suites?: SuiteName[];
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
    const weight = weightIn(source);
    const said = suitesIn(path, source);
    found.push({
      path,
      timeoutMs: timeoutIn(source) ?? defaultTimeoutMs,
      needs: needsOf(path, source),
      ...(weight !== undefined && { weight }),
      ...(said !== undefined && { suites: said }),
    });
  }
  return found.sort((a, b) => a.path.localeCompare(b.path));
}

/** A file's own bound, from a line such as `// timeout: 300s` among its first five. */
export function timeoutIn(source: string): number | undefined {
  const seconds = /^\/\/ timeout: (\d+)s$/m.exec(head(source))?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

function weightIn(source: string): number | undefined {
  const weight = /^\/\/ weight: (\d+(?:\.\d+)?)$/m.exec(head(source))?.[1];
  return weight === undefined ? undefined : Number(weight);
}

function needsOf(path: string, source: string): Need[] {
  const said = listed('needs', source, needs, path) ?? [];
  return needs.filter((need) => said.includes(need) || (need === 'cluster' && path.startsWith('test/cluster/')));
}

function suitesIn(path: string, source: string): SuiteName[] | undefined {
  return listed('suite', source, suiteNames, path);
}

/** From a line such as `// needs: cluster, scanner`. @throws for a word that is none of the known ones */
function listed<Word extends string>(
  key: string,
  source: string,
  known: readonly Word[],
  path: string,
): Word[] | undefined {
  const said = new RegExp(`^// ${key}: (.+)$`, 'm').exec(head(source))?.[1]?.split(/,? +/);
  const unknown = said?.find((word) => !known.some((one) => one === word));
  if (unknown !== undefined) throw new Error(`${path} says ${key} ${unknown}: it can be ${known.join(' or ')}`);
  return said && known.filter((word) => said.includes(word));
}

function head(source: string): string {
  return source.split('\n', 5).join('\n');
}
