import type { Files } from '../layer.ts';
import { osRelease } from './os-release.ts';

export interface AlpinePackage {
  readonly name: string;
  readonly version: string;
  /** Default the name. Vulnerabilities are known by it. */
  readonly origin?: string;
  /** Default x86_64. */
  readonly architecture?: string;
}

/** The database of apk. @param version such as 3.20.3 */
export function alpine(version: string, packages: readonly AlpinePackage[]): Files {
  return {
    ...osRelease('alpine', version),
    'etc/alpine-release': `${version}\n`,
    'lib/apk/db/installed': packages.map(stanza).join('\n'),
  };
}

function stanza({ name, version, origin = name, architecture = 'x86_64' }: AlpinePackage): string {
  const fields = {
    C: 'Q1aaaaaaaaaaaaaaaaaaaaaaaaaaa=',
    P: name,
    V: version,
    A: architecture,
    S: '1',
    I: '1',
    T: 'example',
    U: 'https://example.com',
    L: 'MIT',
    o: origin,
  };
  return Object.entries(fields)
    .map(([field, value]) => `${field}:${value}\n`)
    .join('');
}
