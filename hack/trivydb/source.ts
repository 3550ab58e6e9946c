import type { Source } from '../binaries/source.ts';

/** Our own maker of databases; there is nothing to download. */
export const trivydbSource: Source<'trivydb'> = {
  module: import.meta.dirname,
  // Of the schema that it writes.
  version: 'v2',
  packages: { trivydb: '.' },
  linkerFlags: '-s -w',
  code: ['main.go'],
  coldBuild: 'about 20 seconds on 2 cores',
};
