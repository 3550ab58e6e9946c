import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import type { Applied } from '../../src/kube/object.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

export const hasKubectl = await run('kubectl', ['version', '--client']).then(
  () => true,
  () => false,
);

/** Where kubectl is missing, kustomize is built from hack/kustomize; Go keeps it in its own cache. */
const build = async (directory: string): Promise<string> => {
  const [file, args] = hasKubectl
    ? ['kubectl', ['kustomize', directory]]
    : ['go', ['-C', join(root, 'hack/kustomize'), 'tool', 'kustomize', 'build', directory]];
  const environment = { ...process.env, GOWORK: 'off', GOFLAGS: '-mod=readonly' };
  return (await run(file, args, { env: environment, maxBuffer: 16 * 2 ** 20 })).stdout;
};

/** The objects that `kubectl apply -k` applies, in its order. @param folder from the root of the checkout, or absolute */
export const kustomize = async (folder: string): Promise<Applied[]> => {
  const documents = parseAllDocuments(await build(join(root, folder)));
  return documents.map((d) => d.toJS() as Applied | null).filter((object) => object !== null);
};
