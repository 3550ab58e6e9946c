import type { Source } from '../binaries/source.ts';

/** grype's own code for VEX documents, behind a small program; grype itself would need a database. */
export const grypeSource: Source<'grype-vex'> = {
  module: import.meta.dirname,
  // Of grype.
  version: 'v0.121.3',
  packages: { 'grype-vex': '.' },
  linkerFlags: '-s -w',
  code: ['main.go'],
  coldBuild: 'about 5 minutes on 2 cores',
};
