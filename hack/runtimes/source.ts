import { join } from 'node:path';
import type { Source } from '../binaries/source.ts';

export type RuntimeProgram = 'current' | 'earlier';

/** Our own programs around the code of container runtimes; there is nothing to download. */
const source = (name: RuntimeProgram, version: string): Source<RuntimeProgram> => ({
  module: join(import.meta.dirname, name),
  version,
  packages: { [name]: '.' },
  linkerFlags: '-s -w',
  code: ['main.go'],
  coldBuild: 'about 1 minute on 2 cores',
});

export const runtimeSources = [source('current', 'containerd-2.4.2'), source('earlier', 'containerd-1.7.29')];
