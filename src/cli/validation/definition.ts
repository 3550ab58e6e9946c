import { readFileSync } from 'node:fs';

/** The definition of ContainerSecurityPolicy that clusters get, as YAML. hack/build.ts puts it into the bundle. */
export const readDefinition = (): string =>
  readFileSync(new URL('../../../crds/containersecuritypolicies.security.palisade.dev.yaml', import.meta.url), 'utf8');
