import { readManifests } from '../../hack/manifests.ts';
import { SECRETS } from '../../src/kube/kinds.ts';
import type { KubeClient } from '../../src/kube/rest/client.ts';
import { KINDS } from './install.ts';

export interface Account {
  readonly username: string;
  readonly password: string;
}

/** The entry of `docker login` for one registry. */
export const dockerConfig = (registry: string, { username, password }: Account): string =>
  JSON.stringify({ auths: { [registry]: { auth: Buffer.from(`${username}:${password}`).toString('base64') } } });

const TYPE = 'kubernetes.io/dockerconfigjson';

/** Writes a Secret, over an earlier one if there is one of its type. */
export const writeSecret = async (
  admin: KubeClient,
  namespace: string,
  name: string,
  content: string,
  { type = TYPE, key = '.dockerconfigjson' }: { type?: string; key?: string } = {},
): Promise<void> => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type,
    stringData: { [key]: content },
  };
  await admin.apply(SECRETS, secret, { fieldManager: 'test-owner', force: true });
};

interface Role {
  readonly kind: 'Role';
  readonly rules: readonly { readonly resourceNames: readonly string[] }[];
}

/** As `kubectl apply -n NAMESPACE -k config/pull-secrets`, with these Secrets in its Role. */
export const optIn = async (admin: KubeClient, namespace: string, ...names: string[]): Promise<void> => {
  for (const object of await readManifests('config/pull-secrets')) {
    const metadata = { ...object.metadata, namespace };
    const rules = (object as unknown as Role).rules?.map((rule) => ({ ...rule, resourceNames: names }));
    const body = { ...object, metadata, ...(rules && { rules }) };
    await admin.apply(KINDS[object.kind as 'Role' | 'RoleBinding'], body, { fieldManager: 'test-owner', force: true });
  }
};
