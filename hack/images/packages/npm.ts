import type { Files } from '../layer.ts';

/** An installed package: in an image, scanners read node_modules and no lock file. @param root such as app */
export function npmPackage(root: string, name: string, version: string): Files {
  return { [`${root}/node_modules/${name}/package.json`]: JSON.stringify({ name, version, license: 'MIT' }) };
}
