/** Group, version and kinds, as in crds/. */
export const GROUP = 'security.palisade.dev';
export const VERSION = 'v1alpha1';

export const CONTAINER_SECURITY_POLICY = {
  group: GROUP,
  version: VERSION,
  plural: 'containersecuritypolicies',
  kind: 'ContainerSecurityPolicy',
  namespaced: true,
} as const;

export const IMAGE_SCAN = {
  group: GROUP,
  version: VERSION,
  plural: 'imagescans',
  kind: 'ImageScan',
  namespaced: true,
} as const;

/** The kind of files for palisade test; no cluster has it. */
export const POLICY_TEST = 'PolicyTest';
