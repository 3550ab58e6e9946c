import type { Source } from '../binaries/source.ts';

/** Our own program around Cyclonus; there is nothing to download. */
export const reachSource: Source<'reach'> = {
  module: import.meta.dirname,
  version: 'cyclonus-0.5.6',
  packages: { reach: '.' },
  linkerFlags: '-s -w',
  code: ['main.go'],
  coldBuild: 'about 2 minutes on 2 cores',
};
