// suite: tools
// needs: scanner
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { findTrivy } from '../../hack/trivy/find.ts';
import type { Applied } from '../../src/kube/object.ts';
import { kustomize } from '../harness/kustomize.ts';
import { trivy } from '../harness/trivy.ts';

const directory = await mkdtemp(join(tmpdir(), 'palisade-trivy-config-'));
test.after(() => rm(directory, { recursive: true }));
const how = { binary: await findTrivy(), cacheDirectory: join(directory, 'cache') };

interface Report {
  readonly Results: readonly {
    readonly Target: string;
    readonly MisconfSummary: { readonly Successes: number };
    readonly Misconfigurations?: readonly { readonly ID: string; readonly Severity: string; readonly Title: string }[];
  }[];
}

/** The results of Trivy's built-in checks of files, without a download of newer checks. */
const checked = async (folder: string): Promise<Report> => {
  const offline = ['--quiet', '--skip-check-update', '--skip-version-check', '--disable-telemetry'];
  return JSON.parse(await trivy(how, 'config', ...offline, '--format', 'json', folder)) as Report;
};

const serious = ({ Results }: Report): string[] => {
  const found = Results.flatMap(({ Target, Misconfigurations = [] }) =>
    Misconfigurations.filter(({ Severity }) => ['HIGH', 'CRITICAL'].includes(Severity)).map(
      ({ ID, Title }) => `${Target.replace(/\.yaml$/, '')}: ${ID} ${Title}`,
    ),
  );
  return [...new Set(found)].sort();
};

const write = async (name: string, objects: readonly Applied[]): Promise<string> => {
  const folder = join(directory, name);
  await mkdir(folder);
  for (const object of objects) {
    await writeFile(join(folder, `${object.kind} ${object.metadata.name}.yaml`), stringify(object));
  }
  return folder;
};

/** Roles that are there to give these rights; Trivy has none against them that the locks of docs/SECURITY.md do not hold. */
const meant = [
  // It generates NetworkPolicies, Roles and RoleBindings: its purpose.
  'ClusterRole palisade: KSV-0050 Manage Kubernetes RBAC resources',
  'ClusterRole palisade: KSV-0056 Manage Kubernetes networking',
  // Profiles for people, bound in one namespace at a time; what admins and deployers do there.
  'ClusterRole palisade-admin: KSV-0041 Manage secrets',
  'ClusterRole palisade-admin: KSV-0053 Exec into Pods',
  'ClusterRole palisade-admin: KSV-0056 Manage Kubernetes networking',
  'ClusterRole palisade-deployer: KSV-0056 Manage Kubernetes networking',
];

const manifests = await Promise.all(
  ['default', 'job-scanner', 'openreports', 'prometheus', 'pull-secrets'].map((name) => kustomize(`config/${name}`)),
);

test('Trivy reports nothing serious in our manifests and Dockerfile, except intended rights', async () => {
  const objects = manifests.flat();
  const folder = await write('ours', objects);
  await copyFile(join(import.meta.dirname, '../../Dockerfile'), join(folder, 'Dockerfile'));
  const report = await checked(folder);
  assert.is(report.Results.length, objects.length + 1);
  assert.ok(
    report.Results.every(({ MisconfSummary }) => MisconfSummary.Successes > 10),
    'each was checked',
  );
  assert.equal(serious(report), meant.toSorted());
});

interface Workload extends Applied {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly object[] } } };
}

test('Trivy reports the same Deployment without its security contexts, and one additional right', async () => {
  const objects = manifests.flat();
  const deployment = objects.find(({ kind }) => kind === 'Deployment') as Workload;
  const { template } = deployment.spec;
  const containers = template.spec.containers.map((container) => ({ ...container, securityContext: undefined }));
  const spec = { ...template.spec, hostNetwork: true, securityContext: undefined, containers };
  const role = objects.find(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'palisade-openreports');
  const folder = await write('twin', [
    { ...deployment, spec: { ...deployment.spec, template: { ...template, spec } } } as Applied,
    { ...role, rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] }] } as unknown as Applied,
  ]);
  assert.equal(serious(await checked(folder)), [
    'ClusterRole palisade-openreports: KSV-0041 Manage secrets',
    'Deployment palisade: KSV-0009 Access to host network',
    'Deployment palisade: KSV-0014 Root file system is not read-only',
    'Deployment palisade: KSV-0118 Default security context configured',
  ]);
});

test.run();
