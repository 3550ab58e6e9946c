import type { Platform } from '../binaries/platform.ts';
import type { Release, Source } from '../binaries/source.ts';

export const trivyVersion = '0.74.0';

/** Base URL. */
export const officialTrivy = 'https://github.com/aquasecurity/trivy/releases/download';

// As Trivy's makers name what they publish.
const systems: Record<string, string> = {
  'linux amd64': 'Linux-64bit',
  'linux arm64': 'Linux-ARM64',
  'darwin amd64': 'macOS-64bit',
  'darwin arm64': 'macOS-ARM64',
};

/** @param platform of a Trivy for another machine than this */
export function trivySource(mirror: string = officialTrivy, platform?: Platform): Source<'trivy'> {
  return {
    module: import.meta.dirname,
    version: trivyVersion,
    packages: { trivy: 'github.com/aquasecurity/trivy/cmd/trivy' },
    // Without the version it calls itself "dev".
    linkerFlags: `-s -w -X github.com/aquasecurity/trivy/pkg/version/app.ver=${trivyVersion}`,
    // It imports encoding/json/jsontext.
    environment: { GOEXPERIMENT: 'jsonv2', ...(platform && { GOOS: platform.os, GOARCH: platform.arch }) },
    coldBuild: 'about 10 minutes on 2 cores',
    release: (_, platform) => trivyRelease(mirror, platform),
    otherwise: `put Trivy ${trivyVersion} on the PATH`,
  };
}

function trivyRelease(mirror: string, { os, arch }: Platform): Release | undefined {
  const system = systems[`${os} ${arch}`];
  if (system === undefined) return undefined;
  const base = `${mirror}/v${trivyVersion}/trivy_${trivyVersion}`;
  return { url: `${base}_${system}.tar.gz`, checksums: `${base}_checksums.txt`, member: 'trivy' };
}
