import { join } from 'node:path';
import type { Platform } from '../binaries/platform.ts';
import type { Release, Source } from '../binaries/source.ts';

export const components = ['etcd', 'kube-apiserver', 'kube-controller-manager'] as const;
export type Component = (typeof components)[number];

export const kubernetesVersion = 'v1.36.3';
export const etcdVersion = 'v3.6.16';

/** Base URLs. */
export interface Mirrors {
  readonly kubernetes: string;
  readonly etcd: string;
}

export const officialMirrors: Mirrors = {
  kubernetes: 'https://dl.k8s.io/release',
  etcd: 'https://github.com/etcd-io/etcd/releases/download',
};

const [major, minor] = kubernetesVersion.slice(1).split('.');
const versionPackage = 'k8s.io/component-base/version';
const otherwise = `set KUBEBUILDER_ASSETS to a directory with etcd, kube-apiserver and kube-controller-manager`;

export function controlPlaneSources(mirrors: Mirrors): Source<Component>[] {
  return [
    {
      module: join(import.meta.dirname, 'kubernetes'),
      version: kubernetesVersion,
      // Without these the server calls itself v0.0.0.
      linkerFlags: `-s -w -X ${versionPackage}.gitVersion=${kubernetesVersion} -X ${versionPackage}.gitMajor=${major} -X ${versionPackage}.gitMinor=${minor}`,
      coldBuild: 'about 5 minutes on 2 cores',
      packages: {
        'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
        'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      },
      release: (component, platform) => kubernetesRelease(mirrors.kubernetes, component, platform),
      otherwise,
    },
    {
      module: join(import.meta.dirname, 'etcd'),
      version: etcdVersion,
      linkerFlags: '-s -w',
      coldBuild: 'about 1 minute on 2 cores',
      packages: { etcd: 'go.etcd.io/etcd/server/v3' },
      release: (_, platform) => etcdRelease(mirrors.etcd, platform),
      otherwise,
    },
  ];
}

function kubernetesRelease(mirror: string, component: Component, { os, arch }: Platform): Release {
  const url = `${mirror}/${kubernetesVersion}/bin/${os}/${arch}/${component}`;
  return { url, checksums: `${url}.sha256` };
}

function etcdRelease(mirror: string, { os, arch }: Platform): Release {
  const name = `etcd-${etcdVersion}-${os}-${arch}`;
  const base = `${mirror}/${etcdVersion}`;
  const url = `${base}/${name}.${os === 'linux' ? 'tar.gz' : 'zip'}`;
  return { url, checksums: `${base}/SHA256SUMS`, member: `${name}/etcd` };
}
