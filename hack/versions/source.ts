import type { Source } from '../binaries/source.ts';

/** What Trivy's libraries say about versions; there is nothing to download. */
export const versionsSource: Source<'versions'> = {
  module: import.meta.dirname,
  // Of the Trivy whose libraries go.mod pins.
  version: 'v0.74.0',
  packages: { versions: '.' },
  linkerFlags: '-s -w',
  code: ['main.go'],
  coldBuild: 'about 10 seconds on 2 cores',
};
