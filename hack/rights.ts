import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { OPERATOR_USER } from './install.ts';
import { readManifestFile, readManifests } from './manifests.ts';
import { faultsOf } from './rights/compare.ts';
import { known } from './rights/known.ts';
import { type AuditedRequest, requestsIn } from './rights/request.ts';
import { type Right, type Role, rightsOf } from './rights/right.ts';

/**
 * Compares what config gives the operator with what the audit logs of a test run say that it calls.
 * Usage: node hack/rights.ts [--part] DIRECTORY, with a file SOURCE.….log in it for each control plane.
 * --part: the logs show a part of its requests, so a right that none of them uses is no fault.
 */
const {
  values: { part },
  positionals: [directory = ''],
} = parseArgs({ options: { part: { type: 'boolean', default: false } }, allowPositionals: true });

/** The operator's own work; palisade-grantable is what others may be given, and it need not use that. */
const own = ['palisade', 'palisade-leader-election', 'palisade-job-scanner', 'palisade-openreports'];
/** The names in it are an example. */
const named = 'palisade-pull-secrets';

const faults = faultsOf(await rights(), await requests(), known, { part });
for (const fault of faults) process.stdout.write(`${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;

async function rights(): Promise<Right[]> {
  const folders = ['rbac', 'job-scanner', 'openreports', 'pull-secrets'].map((name) => readManifests(`config/${name}`));
  // config/manager as a whole needs kustomize.
  const manifests = [
    ...(await Promise.all(folders)).flat(),
    ...(await readManifestFile('config/namespace/leader-election.yaml')),
  ];
  const roles = manifests.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole') as unknown as Role[];
  return roles.flatMap((role) => {
    if (role.metadata.name === named) return rightsOf(role).map(({ name: _, ...right }) => right);
    return own.includes(role.metadata.name) ? rightsOf(role) : [];
  });
}

/** Each that differs from the others once. */
async function requests(): Promise<AuditedRequest[]> {
  const found = new Map<string, AuditedRequest>();
  for (const file of await readdir(directory)) {
    const [source = ''] = file.split('.');
    for await (const line of createInterface({ input: createReadStream(join(directory, file)) })) {
      // The last line may be cut where a control plane was killed.
      const requests = line.endsWith('}') ? requestsIn(line, OPERATOR_USER, source) : [];
      for (const request of requests) found.set(JSON.stringify(request), request);
    }
  }
  return [...found.values()];
}
