import { readFileSync } from 'node:fs';

/** The definition of a kind that clusters get, as YAML. hack/build.ts puts them into the bundle. @param plural of our group */
export const readDefinition = (plural: 'containersecuritypolicies' | 'imagescans'): string =>
  readFileSync(new URL(`../../crds/${plural}.security.palisade.dev.yaml`, import.meta.url), 'utf8');
