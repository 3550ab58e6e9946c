import { IMAGE_SCAN } from '../../api/group.ts';
import { listInPages } from '../../kube/cache/list-in-pages.ts';
import { NAMESPACES } from '../../kube/kinds.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { KubeClient } from '../../kube/rest/client.ts';
import { ApiError } from '../../kube/rest/errors.ts';
import { InputError } from '../errors.ts';
import { kubernetes } from '../kubernetes.ts';
import type { ScanKey } from './scan-key.ts';

const keyOf = ({ metadata: { namespace = '', name } }: KubeObject): ScanKey => ({ namespace, name });

/** @returns undefined without the right */
const ifAllowed = async <T>(work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ApiError && error.code === 403) return undefined;
    throw error;
  }
};

const listIn = async (client: KubeClient, namespace?: string): Promise<ScanKey[] | undefined> =>
  (await ifAllowed(listInPages(client, IMAGE_SCAN, { ...(namespace !== undefined && { namespace }) }, keyOf)))?.items;

/** In every namespace that the user may list, if not in all at once. */
const listEach = async (client: KubeClient): Promise<ScanKey[]> => {
  const namespaces = await ifAllowed(listInPages(client, NAMESPACES, {}, ({ metadata }) => metadata.name));
  if (namespaces === undefined) {
    throw new InputError([
      `you may list neither ${IMAGE_SCAN.plural} of all namespaces nor namespaces: ask for ClusterRole view in a ClusterRoleBinding, or name each ImageScan as NAMESPACE/NAME`,
    ]);
  }
  const found: ScanKey[] = [];
  for (const namespace of namespaces.items) found.push(...((await listIn(client, namespace)) ?? []));
  return found;
};

/** The ImageScans of the cluster that the user of a kubeconfig may list. @throws InputError, UsageError */
export const listScans = (kubeconfig: string | undefined): Promise<ScanKey[]> =>
  kubernetes(kubeconfig, async (client) => (await listIn(client)) ?? (await listEach(client)));
