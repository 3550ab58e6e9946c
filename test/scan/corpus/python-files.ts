import type { Files } from '../../../hack/images/layer.ts';

const metadata = (name: string, version: string): string =>
  `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`;

/** A package as pip installs it. @param root such as usr/lib/python3/site-packages */
export const distInfo = (root: string, name: string, version: string): Files => ({
  [`${root}/${name}-${version}.dist-info/METADATA`]: metadata(name, version),
});

/** A package as setup.py installs it, in a directory. */
export const eggInfo = (root: string, name: string, version: string): Files => ({
  [`${root}/${name}-${version}.egg-info/PKG-INFO`]: metadata(name, version),
});

/** The same in one file. */
export const eggInfoFile = (root: string, name: string, version: string): Files => ({
  [`${root}/${name}-${version}.egg-info`]: metadata(name, version),
});
