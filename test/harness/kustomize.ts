import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { KINDS } from '../../hack/kinds.ts';
import type { Applied } from '../../src/kube/object.ts';
import type { KubeClient } from '../../src/kube/rest/client.ts';
import type { Resource } from '../../src/kube/rest/resource.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

const hasKubectl = await run('kubectl', ['version', '--client']).then(
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

const built = new Map<string, Promise<Applied[]>>();

const parsed = (text: string): Applied[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as Applied | null)
    .filter((object) => object !== null);

/**
 * The objects that `kubectl apply -k` applies, in its order. A folder is built and parsed once, since that takes more than
 * a second of a core.
 * @param folder from the root of the checkout, or absolute
 */
export const kustomize = async (folder: string): Promise<Applied[]> => {
  const directory = join(root, folder);
  const objects = built.get(directory) ?? build(directory).then(parsed);
  built.set(directory, objects);
  return structuredClone(await objects);
};

const kubectl = async (kubeconfig: string, ...args: string[]): Promise<void> => {
  await run('kubectl', ['--kubeconfig', kubeconfig, ...args], { cwd: root, timeout: 120_000 });
};

export interface Target {
  readonly admin: KubeClient;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
}

const resourceOf = ({ kind }: Applied): Resource => KINDS[kind as keyof typeof KINDS];

/** What is there of a folder's objects, as 'Kind name'. */
export const remaining = async ({ admin }: Target, folder: string): Promise<string[]> => {
  const objects = await kustomize(folder);
  const found = await Promise.all(
    objects.map((o) => admin.get(resourceOf(o), o.metadata.name, o.metadata.namespace).catch(() => undefined)),
  );
  return objects.filter((_, i) => found[i] !== undefined).map((o) => `${o.kind} ${o.metadata.name}`);
};

/** `kubectl apply -k`, by kubectl where there is one. */
export const applyFolder = async ({ admin, kubeconfig }: Target, folder: string): Promise<void> => {
  if (hasKubectl) return await kubectl(kubeconfig, 'apply', '-k', folder);
  for (const object of await kustomize(folder)) {
    await admin.apply(resourceOf(object), object, { fieldManager: 'kubectl', force: true });
  }
};

/** `kubectl delete -k` that waits for nothing, by kubectl where there is one. */
export const deleteFolder = async ({ admin, kubeconfig }: Target, folder: string): Promise<void> => {
  if (hasKubectl) return await kubectl(kubeconfig, 'delete', '--wait=false', '--ignore-not-found', '-k', folder);
  for (const object of await kustomize(folder)) {
    const { name, namespace } = object.metadata;
    await admin.delete(resourceOf(object), name, namespace === undefined ? {} : { namespace });
  }
};
