import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import type { Applied } from '../src/kube/object.ts';

const root = join(import.meta.dirname, '..');

const readKustomization = async (path: string): Promise<readonly string[]> => {
  const {
    apiVersion,
    kind,
    resources = [],
    ...others
  } = parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (apiVersion === undefined || kind !== 'Kustomization' || unknown !== undefined) {
    throw new Error(
      `${path}: only a Kustomization with nothing but resources is read without kustomize, not ${unknown}`,
    );
  }
  return resources as string[];
};

/**
 * The objects of a folder with a kustomization.yaml, in the order in which it lists them. So that demo and tests install
 * what kubectl apply -k does without needing kubectl; it follows `resources` and refuses every other field.
 * @param folder from the root of the checkout, as in config/outside
 */
export const readManifests = async (folder: string): Promise<Applied[]> => {
  const directory = join(root, folder);
  const objects: Applied[] = [];
  for (const entry of await readKustomization(join(directory, 'kustomization.yaml'))) {
    if (entry.endsWith('.yaml')) {
      objects.push(...(await readManifestFile(join(folder, entry))));
    } else {
      objects.push(...(await readManifests(join(folder, entry))));
    }
  }
  return objects;
};

/** The objects of one file. @param path from the root of the checkout */
export const readManifestFile = async (path: string): Promise<Applied[]> =>
  parseAllDocuments(await readFile(join(root, path), 'utf8')).map((d) => d.toJS() as Applied);
