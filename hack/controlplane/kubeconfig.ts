import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { Identity } from './certificates.ts';

/** Writes a kubeconfig that needs no other file and that only its owner may read. */
export async function writeKubeconfig(path: string, server: string, ca: string, user: Identity): Promise<void> {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const name = 'palisade-test';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [
      {
        name,
        user: { 'client-certificate-data': base64(user.certificate), 'client-key-data': base64(user.key) },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  await writeFile(path, stringify(config), { mode: 0o600 });
}
