import type { Source } from '../binaries/source.ts';

export const registryVersion = 'v3.1.2';

/** Base URL. */
export const officialRegistry = 'https://github.com/distribution/distribution/releases/download';

/** The reference implementation of an OCI registry. */
export function registrySource(mirror: string = officialRegistry): Source<'registry'> {
  return {
    module: import.meta.dirname,
    version: registryVersion,
    packages: { registry: 'github.com/distribution/distribution/v3/cmd/registry' },
    linkerFlags: `-s -w -X github.com/distribution/distribution/v3/version.version=${registryVersion}`,
    coldBuild: 'about 1 minute on 2 cores',
    release: (_, { os, arch }) => {
      if (os !== 'linux') return undefined;
      const file = `registry_${registryVersion.slice(1)}_${os}_${arch}.tar.gz`;
      const url = `${mirror}/${registryVersion}/${file}`;
      return { url, checksums: `${url}.sha256`, member: 'registry' };
    },
  };
}
