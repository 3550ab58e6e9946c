import { execFile } from 'node:child_process';
import { glob, readFile } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Text of each TypeScript file by its path from the root, with forward slashes. */
export type Sources = ReadonlyMap<string, string>;

/** A change of these may concern every test. */
const EVERYTHING = /^(?:package(?:-lock)?\.json|tsconfig\.json|hack\/run)$/;
const isTest = (path: string): boolean => path.endsWith('.test.ts');

/**
 * The test files that a change selects: those that reach a changed TypeScript file over imports, or start it as a program.
 * Another file concerns the files that name its path, its name or a folder that it is in; where none does, all.
 * @param changed paths from the root
 */
export function concernedBy(changed: readonly string[], sources: Sources): string[] {
  const tests = [...sources.keys()].filter(isTest);
  const found = new Set<string>();
  for (const path of changed) {
    const first = path.endsWith('.ts') ? [path] : namersOf(path, sources);
    if (EVERYTHING.test(path) || first.length === 0) return tests.sort();
    for (const one of first) found.add(one);
  }
  const importers = importersIn(sources);
  // A Set's iteration sees what is added meanwhile.
  for (const path of found) for (const importer of importers.get(path) ?? []) found.add(importer);
  return tests.filter((path) => found.has(path)).sort();
}

function namersOf(path: string, sources: Sources): string[] {
  const parts = path.split('/').slice(0, -1);
  const folders = parts.map((_, i) => parts.slice(0, i + 1).join('/'));
  const names = [path, basename(path), ...folders];
  const says = (text: string) => (name: string) =>
    // One word such as docs is in every other text: only as a path of its own.
    /[./]/.test(name) ? text.includes(name) : new RegExp(`['"\`](?:\\.{1,2}/)*${RegExp.escape(name)}['"\`]`).test(text);
  return [...sources].filter(([, text]) => names.some(says(text))).map(([file]) => file);
}

/** Imports, and paths of programs such as join(import.meta.dirname, '../src/main.ts'). */
function importersIn(sources: Sources): Map<string, string[]> {
  const importers = new Map<string, string[]>();
  for (const [file, text] of sources) {
    for (const [, target = ''] of text.matchAll(/['"`](\.{1,2}\/[^'"`\s]+\.ts)['"`]/g)) {
      const path = posix.join(dirname(file), target);
      importers.set(path, [...(importers.get(path) ?? []), file]);
    }
    // Relative to the root, as in the arguments of a program that is started there.
    for (const [, path = ''] of text.matchAll(/['"`]((?:src|hack|test)\/[^'"`\s]+\.ts)['"`]/g)) {
      importers.set(path, [...(importers.get(path) ?? []), file]);
    }
  }
  return importers;
}

/** Since the merge base with main: committed, uncommitted and untracked. @throws where there is no main */
export async function changedFiles(root: string): Promise<string[]> {
  const git = async (...args: string[]) => (await run('git', args, { cwd: root, maxBuffer: 16 * 2 ** 20 })).stdout;
  const baseWith = (branch: string) => git('merge-base', 'HEAD', branch);
  const found = await baseWith('main')
    .catch(() => baseWith('origin/main'))
    .catch((cause: Error) => {
      throw new Error('--changed compares with main, and there is no branch main: git fetch origin main:main', {
        cause,
      });
    });
  const base = found.trim();
  const lists = await Promise.all([
    git('diff', '--name-only', '--no-renames', base),
    git('ls-files', '--others', '--exclude-standard'),
  ]);
  return [...new Set(lists.join('\n').split('\n').filter(Boolean))];
}

export async function readSources(root: string): Promise<Sources> {
  const sources = new Map<string, string>();
  for await (const entry of glob('{src,hack,test}/**/*.ts', { cwd: root })) {
    sources.set(entry.replaceAll('\\', '/'), await readFile(join(root, entry), 'utf8'));
  }
  return sources;
}
