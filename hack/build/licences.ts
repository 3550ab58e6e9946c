import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

const packageFolder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
const licenceFile = /^(licen[cs]e|copying|notice)/i;

const licenceOf = async (root: string, folder: string): Promise<string> => {
  const { name, version, license } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')) as Package;
  const files = (await readdir(join(root, folder))).filter((file) => licenceFile.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(root, folder, file), 'utf8')));
  if (license === undefined && texts.length === 0) throw new Error(`${name} ${version} says nothing about its licence`);
  const title = `${name} ${version}${license === undefined ? '' : ` (${license})`}`;
  return [title, '-'.repeat(title.length), ...texts.map((text) => text.trim())].join('\n\n');
};

/**
 * The licences of all packages that a bundle contains.
 * @param inputs paths of the bundled files, from `root`
 * @throws Error that names a package which declares no licence
 */
export const licences = async (root: string, inputs: readonly string[]): Promise<string> => {
  const folders = new Set(inputs.map((path) => packageFolder.exec(path)?.[0]).filter((f) => f !== undefined));
  const sections = await Promise.all([...folders].sort().map((folder) => licenceOf(root, folder)));
  return `Palisade is licensed under the Apache License 2.0. It contains these packages:\n\n${sections.join('\n\n\n')}\n`;
};
