import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// Exits with 0 when node_modules holds what package-lock.json says. It runs before dependencies exist: no imports of them.

interface Entry {
  version?: string;
  integrity?: string;
  optional?: boolean;
}

const root = process.argv[2] ?? '.';

function packages(file: string): Map<string, Entry> {
  const entries = Object.entries(JSON.parse(readFileSync(join(root, file), 'utf8')).packages as Record<string, Entry>);
  return new Map(entries.filter(([path]) => path !== ''));
}

/** npm leaves out optional packages that are made for other platforms. */
function same(wanted: Entry, actual: Entry | undefined): boolean {
  if (actual === undefined) return wanted.optional === true;
  return wanted.version === actual.version && wanted.integrity === actual.integrity;
}

function isInstalled(): boolean {
  try {
    const wanted = packages('package-lock.json');
    const actual = packages('node_modules/.package-lock.json');
    return [...wanted].every(([path, entry]) => same(entry, actual.get(path)));
  } catch {
    return false;
  }
}

process.exit(isInstalled() ? 0 : 1);
