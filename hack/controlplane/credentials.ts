import { writeFile } from 'node:fs/promises';
import { createAuthority, createSigningKey, type Identity } from './certificates.ts';
import type { Layout } from './flags.ts';

const servingNames = ['127.0.0.1', '10.96.0.1', 'localhost', 'kubernetes', 'kubernetes.default.svc'];

const auditPolicy = (users: readonly string[] | undefined): string =>
  JSON.stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata', ...(users && { users }) }],
  });

export interface Credentials {
  ca: string;
  admin: Identity;
  manager: Identity;
}

/** Makes a new authority and writes the files that the components read. */
export async function writeCredentials(
  files: Layout,
  audit: { readonly users?: readonly string[] } | undefined,
): Promise<Credentials> {
  const authority = await createAuthority();
  const [serving, admin, manager] = await Promise.all([
    authority.serving(servingNames),
    authority.client('palisade-test-admin', 'system:masters'),
    authority.client('system:kube-controller-manager'),
  ]);
  const secret = { mode: 0o600 };
  await Promise.all([
    writeFile(files.ca, authority.certificate),
    writeFile(files.servingCertificate, serving.certificate),
    writeFile(files.servingKey, serving.key, secret),
    writeFile(files.serviceAccountKey, createSigningKey(), secret),
    audit && writeFile(files.auditPolicy, auditPolicy(audit.users)),
  ]);
  return { ca: authority.certificate, admin, manager };
}
