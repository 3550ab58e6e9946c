export const components = ['etcd', 'kube-apiserver', 'kube-controller-manager'] as const;
export type Component = (typeof components)[number];

export const kubernetesVersion = 'v1.36.3';
export const etcdVersion = 'v3.6.16';

/** A Go module beside this file, and what comes out of it. */
export interface Source {
  module: 'etcd' | 'kubernetes';
  version: string;
  linkerFlags: string;
  coldBuild: string;
  packages: Partial<Record<Component, string>>;
}

const [major, minor] = kubernetesVersion.slice(1).split('.');
const versionPackage = 'k8s.io/component-base/version';

export const sources: readonly Source[] = [
  {
    module: 'kubernetes',
    version: kubernetesVersion,
    // Without these the server calls itself v0.0.0.
    linkerFlags: `-s -w -X ${versionPackage}.gitVersion=${kubernetesVersion} -X ${versionPackage}.gitMajor=${major} -X ${versionPackage}.gitMinor=${minor}`,
    coldBuild: 'about 5 minutes on 2 cores',
    packages: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
    },
  },
  {
    module: 'etcd',
    version: etcdVersion,
    linkerFlags: '-s -w',
    coldBuild: 'about 1 minute on 2 cores',
    packages: { etcd: 'go.etcd.io/etcd/server/v3' },
  },
];

export function versionOf(component: Component): string {
  return component === 'etcd' ? etcdVersion : kubernetesVersion;
}
