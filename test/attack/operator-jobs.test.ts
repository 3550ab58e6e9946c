// needs: cluster
// The operator's token is stolen, and config/job-scanner is installed. Its admission policies permit nothing but the Jobs and
// Secrets that the operator itself renders, which are the allowed twins.
import type { Job } from 'kubernetes-types/batch/v1.js';
import type { Container, PodSpec } from 'kubernetes-types/core/v1.js';
import { test } from 'uvu';
import { untilInEffect } from '../../hack/admission.ts';
import { JOBS, SECRETS } from '../../src/kube/kinds.ts';
import type { Resource } from '../../src/kube/rest/resource.ts';
import { credentialsSecret } from '../../src/scan/scanner/analysis/job/credentials-secret.ts';
import { jobName, type SbomJob, sbomJob, secretName } from '../../src/scan/scanner/analysis/job/sbom-job.ts';
import type { AnalysisRequest } from '../../src/scan/scanner/scanner.ts';
import { installJobScanner, JOB_IMAGE } from '../harness/job-scanner.ts';
import { Palisade } from '../harness/palisade.ts';
import { defaultScanLimits } from '../harness/scan-limits.ts';
import { attempt } from './attempt.ts';
import { thief } from './people.ts';

const palisade = await Palisade.open();
const namespace = await palisade.namespace('jobs');
test.after(() => palisade.close());
await installJobScanner(palisade.admin, namespace);
await untilInEffect(palisade.admin, namespace);
const operator = await thief(palisade);

const image = { digest: `sha256:${'a'.repeat(64)}`, platform: 'linux/arm/v7' };
const source = { registry: 'r.example.com:5000', repository: 'team/app' };
const anonymous: AnalysisRequest = { image, sources: [source, { registry: '[fd00::7]:5000', repository: 'v2/app' }] };
const request: AnalysisRequest = {
  image,
  sources: [{ ...source, credentials: { username: 'robot', password: 'pass' } }, source],
};
const settings = {
  namespace,
  image: JOB_IMAGE,
  run: 'f00df00df00df00d',
  limits: defaultScanLimits,
  allowedRegistries: ['r.example.com:5000', '*.example.org', '*'],
  startMs: 300_000,
};
const secret = secretName(request);
const good = sbomJob(request, settings, secret);

const make = (resource: Resource, body: object) => () => operator.create(resource, body, { namespace, dryRun: true });

type Write<T> = { -readonly [key in keyof T]: T[key] };
/** The Job of the operator, changed. */
const job = (change: (spec: NonNullable<Job['spec']>, metadata: Write<SbomJob['metadata']>) => void) => {
  const changed = structuredClone(good);
  change(changed.spec as NonNullable<Job['spec']>, changed.metadata);
  return changed;
};
const pod = (change: Partial<PodSpec> | ((pod: PodSpec) => Partial<PodSpec>)) =>
  job((spec) => {
    const its = spec.template.spec as PodSpec;
    Object.assign(its, typeof change === 'function' ? change(its) : change);
  });
const container = (change: (container: Container) => object) =>
  pod((its) => ({ containers: its.containers.map((one) => ({ ...one, ...change(one) })) }));
const args = (change: (args: string[]) => string[]) => container(({ args: its = [] }) => ({ args: change([...its]) }));
const volumes = (change: (volumes: NonNullable<PodSpec['volumes']>) => object[]) =>
  pod(({ volumes: its = [] }) => ({ volumes: change(its) as NonNullable<PodSpec['volumes']> }));

for (const [what, its] of [
  ['a Job with credentials', good],
  ['a Job without credentials, from any registry', sbomJob(anonymous, { ...settings, allowedRegistries: [] }, '')],
  [
    'a Job with limits of other sizes',
    sbomJob(request, { ...settings, limits: { ...defaultScanLimits, diskBytes: 2 ** 41, imageBytes: 1 } }, secret),
  ],
] as const) {
  test(`allowed: ${what}`, async () => void (await make(JOBS, its)()));
}

const NAME = 'only Jobs with a name of palisade-sbom- and 20 hexadecimal digits';
const ACCOUNT = 'only Jobs with ServiceAccount palisade-sbom and without its token';
const FIELDS = 'only Jobs whose pod has no other fields than those of palisade-sbom';
const CONTAINER = 'only Jobs of one container, with the entry point and environment of its image';
const VOLUMES = 'only Jobs whose volumes are a scratch directory and their own Secret';
const ARGUMENTS = 'only Jobs that run palisade sbom, with the arguments of an image scan';
const LABELS = 'only Jobs whose pods have the labels and annotations of palisade-sbom';
const ONE_POD = 'only Jobs of one pod with a deadline, without a selector';
const IMAGE = `only Jobs with image ${JOB_IMAGE}`;

/** The Job of the operator, under another name, with the Secret of that name. */
const named = (name: string, its = `${name}-0123abcd`) => {
  const changed = volumesOf(its);
  return { ...changed, metadata: { ...changed.metadata, name } };
};
const volumesOf = (its: string) =>
  volumes((all) =>
    all.map((one) => (one.secret === undefined ? one : { ...one, secret: { ...one.secret, secretName: its } })),
  );
const also = (more: object) => volumes((all) => [...all, more]);

const JOB_ATTACKS: readonly [what: string, body: object, because: string][] = [
  ['named palisade, for Secret palisade-registry', named('palisade', 'palisade-registry'), NAME],
  ['named as the beginning of a Secret', named('registry', 'registry-credentials'), NAME],
  ['with a name that is too short', named('palisade-sbom-0123456789abcdef012'), NAME],
  ['with a name that is too long', named('palisade-sbom-0123456789abcdef012345'), NAME],
  ['with another Secret', volumesOf('other'), VOLUMES],
  ['with the Secret of another Job', volumesOf('palisade-sbom-0123456789abcdef0123-0123abcd'), VOLUMES],
  ['with a Secret that has more than its name', volumesOf(`${good.metadata.name}-0123abcd-token`), VOLUMES],
  ['with one more Secret', also({ name: 'more', secret: { secretName: 'other' } }), VOLUMES],
  ['with one more Secret of the right name', also({ name: 'more', secret: { secretName: secret } }), VOLUMES],
  [
    'with a projected token',
    also({ name: 'more', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }),
    VOLUMES,
  ],
  ['with a projected Secret', also({ name: 'more', projected: { sources: [{ secret: { name: 'other' } }] } }), VOLUMES],
  ['with a directory of the node', also({ name: 'more', hostPath: { path: '/' } }), VOLUMES],
  ['with a ConfigMap', also({ name: 'more', configMap: { name: 'other' } }), VOLUMES],
  ['with a PersistentVolumeClaim', also({ name: 'more', persistentVolumeClaim: { claimName: 'palisade' } }), VOLUMES],
  [
    'with a CSI volume, as of a secrets store',
    also({ name: 'more', csi: { driver: 'secrets-store.csi.k8s.io' } }),
    VOLUMES,
  ],
  ['with an image volume', also({ name: 'more', image: { reference: 'example.com/x:1' } }), VOLUMES],
  [
    'with a volume at another path',
    container(({ volumeMounts = [] }) => ({
      volumeMounts: volumeMounts.map((one) => ({ ...one, mountPath: `/app${one.mountPath}` })),
    })),
    VOLUMES,
  ],
  ['with another image', container(() => ({ image: 'docker.io/library/alpine:latest' })), IMAGE],
  ['with its image by another tag', container(() => ({ image: 'registry.example.com/palisade:latest' })), IMAGE],
  ['with a command', container(() => ({ command: ['/bin/sh'] })), CONTAINER],
  ['with variables', container(() => ({ env: [{ name: 'NODE_OPTIONS', value: '--import=data:,x' }] })), CONTAINER],
  ['with a Secret in its environment', container(() => ({ envFrom: [{ secretRef: { name: 'other' } }] })), CONTAINER],
  ['with a hook', container(() => ({ lifecycle: { postStart: { exec: { command: ['/bin/sh'] } } } })), CONTAINER],
  ['with a probe', container(() => ({ livenessProbe: { exec: { command: ['/bin/sh'] } } })), CONTAINER],
  ['with a working directory', container(() => ({ workingDir: '/tmp' })), CONTAINER],
  ['with a host port', container(() => ({ ports: [{ containerPort: 1, hostPort: 1 }] })), CONTAINER],
  ['that is privileged', container(() => ({ securityContext: { privileged: true } })), CONTAINER],
  [
    'with a file system that it can write',
    container(({ securityContext }) => ({ securityContext: { ...securityContext, readOnlyRootFilesystem: false } })),
    CONTAINER,
  ],
  [
    'with two containers',
    pod(({ containers }) => ({ containers: [...containers, { name: 'two', image: JOB_IMAGE }] })),
    CONTAINER,
  ],
  [
    'with an init container',
    pod(({ containers }) => ({ initContainers: containers.map((one) => ({ ...one, name: 'init' })) })),
    FIELDS,
  ],
  ['with another command of palisade', args((its) => ['operator', ...its.slice(1)]), ARGUMENTS],
  ['with one more flag', args((its) => [...its.slice(0, 5), '--trivy', '/tmp/x', ...its.slice(5)]), ARGUMENTS],
  ['with a flag that hides in another argument', args((its) => its.with(2, 'linux/amd64 --trivy /tmp/x')), ARGUMENTS],
  ['with a flag on another line', args((its) => its.with(2, 'linux/amd64\n--trivy')), ARGUMENTS],
  ['with the credentials of another path', args((its) => its.with(its.indexOf('none'), '/proc/1/root')), ARGUMENTS],
  ['with an image that is no digest', args((its) => [...its, 'r.example.com/app:latest']), ARGUMENTS],
  ['without arguments', container(() => ({ args: [] })), ARGUMENTS],
  ['without limits', container(() => ({ resources: {} })), CONTAINER],
  ['with another ServiceAccount', pod({ serviceAccountName: 'palisade' }), ACCOUNT],
  ['with a token', pod({ automountServiceAccountToken: true }), ACCOUNT],
  ['with a high priority', pod({ priorityClassName: 'system-node-critical' }), FIELDS],
  ['on a node of its choice', pod({ nodeName: 'control-plane' }), FIELDS],
  ['on nodes of its choice', pod({ nodeSelector: { 'node-role.kubernetes.io/control-plane': '' } }), FIELDS],
  ['that tolerates every taint', pod({ tolerations: [{ operator: 'Exists' }] }), FIELDS],
  [
    'near pods of its choice',
    pod({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [] } } }),
    FIELDS,
  ],
  ["in the node's network", pod({ hostNetwork: true }), FIELDS],
  ["among the node's processes", pod({ hostPID: true }), FIELDS],
  ["with the node's IPC", pod({ hostIPC: true }), FIELDS],
  ['with pull secrets', pod({ imagePullSecrets: [{ name: 'other' }] }), FIELDS],
  ['with another runtime', pod({ runtimeClassName: 'x' }), FIELDS],
  ['with another scheduler', pod({ schedulerName: 'x' }), FIELDS],
  ['with names of hosts', pod({ hostAliases: [{ ip: '10.0.0.1', hostnames: ['r.example.com'] }] }), FIELDS],
  ['with a DNS server', pod({ dnsPolicy: 'None', dnsConfig: { nameservers: ['10.0.0.1'] } }), FIELDS],
  ['with shared processes', pod({ shareProcessNamespace: true }), FIELDS],
  [
    'with resource claims',
    pod({ resourceClaims: [{ name: 'x', resourceClaimName: 'y' } as { name: string }] }),
    FIELDS,
  ],
  [
    'that runs as another user',
    pod((its) => ({ securityContext: { ...its.securityContext, runAsUser: 1000 } })),
    FIELDS,
  ],
  [
    'with more groups',
    pod((its) => ({ securityContext: { ...its.securityContext, supplementalGroups: [0] } })),
    FIELDS,
  ],
  [
    'that its NetworkPolicy does not select',
    job(({ template }) => Object.assign(template.metadata?.labels ?? {}, { 'app.kubernetes.io/component': 'x' })),
    LABELS,
  ],
  [
    'that a Service selects',
    job(({ template }) => Object.assign(template.metadata?.labels ?? {}, { app: 'api' })),
    LABELS,
  ],
  [
    'into which a webhook injects secrets',
    job(({ template }) =>
      Object.assign(template.metadata?.annotations ?? {}, { 'vault.hashicorp.com/agent-inject': 'true' }),
    ),
    LABELS,
  ],
  ['of many pods', job((spec) => Object.assign(spec, { parallelism: 100, completions: 100 })), ONE_POD],
  ['without an end', job((spec) => void Object.assign(spec, { activeDeadlineSeconds: undefined })), ONE_POD],
  [
    'that selects pods of others',
    job((spec) => {
      spec.manualSelector = true;
      spec.selector = { matchLabels: { ...spec.template.metadata?.labels } };
    }),
    ONE_POD,
  ],
  ['that another controller manages', job((spec) => Object.assign(spec, { managedBy: 'example.com/x' })), ONE_POD],
];

for (const [what, body, because] of JOB_ATTACKS) {
  attempt({
    what: `a Job ${what}`,
    deny: make(JOBS, body),
    by: 'AdmissionRefused',
    because: `the operator may create ${because}`,
    twin: make(JOBS, good),
  });
}

const owner = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: jobName(request), namespace, uid: 'u', resourceVersion: '1' },
} as const;
const own = credentialsSecret(request, owner, secret);
const changed = (more: object, metadata: object = {}) => ({
  ...own,
  ...more,
  metadata: { ...own.metadata, ...metadata },
});
const ownedBy = (more: object) => ({ ownerReferences: [{ ...own.metadata?.ownerReferences?.[0], ...more }] });

for (const [what, body] of [
  [
    'with a token of a ServiceAccount',
    changed(
      { type: 'kubernetes.io/service-account-token' },
      { annotations: { 'kubernetes.io/service-account.name': 'palisade' } },
    ),
  ],
  ['of a bootstrap token', changed({ type: 'bootstrap.kubernetes.io/token' })],
  ['of no Job', changed({}, { ownerReferences: [] })],
  ['of another kind', changed({}, ownedBy({ apiVersion: 'v1', kind: 'Pod' }))],
  ['of another Job', changed({}, ownedBy({ name: 'palisade-sbom-0123456789abcdef0123' }))],
  ['of a Job whose name is a pattern', changed({}, ownedBy({ name: 'palisade-sbom-.*' }))],
  ['with the name of another', changed({}, { name: 'registry-credentials' })],
  ['with a name that begins as that of its Job', changed({}, { name: `${jobName(request)}-token` })],
  ['that can be changed', changed({ immutable: false })],
  ['with other keys', changed({ data: { '.dockerconfigjson': 'e30=' } })],
] as const) {
  attempt({
    what: `a Secret ${what}`,
    deny: make(SECRETS, body),
    by: 'AdmissionRefused',
    because: 'the operator may create only Opaque Secrets of its Jobs',
    twin: make(SECRETS, own),
  });
}

test.run();
