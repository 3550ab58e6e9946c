import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { credentialsSecret } from '../../../../../src/scan/scanner/analysis/job/credentials-secret.ts';
import { jobName, sbomJob } from '../../../../../src/scan/scanner/analysis/job/sbom-job.ts';
import type { AnalysisRequest } from '../../../../../src/scan/scanner/scanner.ts';
import { defaultScanLimits } from '../../../../harness/scan-limits.ts';

const manifest = suite('the Job of an SBOM');

const digest = `sha256:${'a'.repeat(64)}`;
const image = { digest, platform: 'linux/arm/v7' };
const registry = 'r.example.com:5000';
const anonymous: AnalysisRequest = { image, sources: [{ registry, repository: 'v2/app' }] };
const request: AnalysisRequest = {
  image,
  sources: [
    { registry, repository: 'v2/app', credentials: { username: 'a:b', password: 'one' } },
    { registry, repository: 'v2/app', credentials: { username: 'c', password: 'two' } },
    ...anonymous.sources,
  ],
};
const settings = {
  namespace: 'palisade-system',
  image: 'registry.example.com/palisade:0.1.0',
  run: 'f00d',
  limits: defaultScanLimits,
  allowedRegistries: ['r.example.com:5000', '*.example.org'],
  startMs: 300_000,
};

manifest('everything of it', () => {
  const name = 'palisade-sbom-ee93c19487f18a6b5fb8';
  const labels = {
    'app.kubernetes.io/name': 'palisade',
    'app.kubernetes.io/component': 'sbom',
    'app.kubernetes.io/managed-by': 'palisade',
    'security.palisade.dev/run': 'f00d',
  };
  const annotations = { 'security.palisade.dev/image': `${digest}@linux/arm/v7` };
  assert.equal(sbomJob(request, settings, 'secret-1'), {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'palisade-system', labels, annotations },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: 2730,
      ttlSecondsAfterFinished: 300,
      template: {
        metadata: { labels, annotations },
        spec: {
          serviceAccountName: 'palisade-sbom',
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 5,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65532,
            runAsGroup: 65532,
            fsGroup: 65532,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          volumes: [
            { name: 'scratch', emptyDir: { sizeLimit: '10368Mi' } },
            {
              name: 'credentials',
              secret: {
                secretName: 'secret-1',
                defaultMode: 0o400,
                items: [
                  { key: '0', path: '0/config.json' },
                  { key: '1', path: '1/config.json' },
                ],
              },
            },
          ],
          containers: [
            {
              name: 'sbom',
              image: 'registry.example.com/palisade:0.1.0',
              args: [
                ...['sbom', '--platform', 'linux/arm/v7', '--output', 'analysis', '--scan-timeout', '600s'],
                ...['--scan-memory', '1024Mi', '--scan-disk', '10240Mi', '--scan-image-size', '4096Mi'],
                ...['--allowed-registries', 'r.example.com:5000,*.example.org'],
                ...['--docker-config', '/var/run/palisade/credentials/0'],
                ...['--docker-config', '/var/run/palisade/credentials/1', '--docker-config', 'none', '--'],
                ...Array<string>(3).fill(`r.example.com:5000/v2/app@${digest}`),
              ],
              volumeMounts: [
                { name: 'scratch', mountPath: '/tmp' },
                { name: 'credentials', mountPath: '/var/run/palisade/credentials', readOnly: true },
              ],
              resources: {
                requests: { cpu: '100m', memory: '256Mi', 'ephemeral-storage': '256Mi' },
                limits: { cpu: '2', memory: '1536Mi', 'ephemeral-storage': '10496Mi' },
              },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
            },
          ],
        },
      },
    },
  });
});

manifest('without credentials there is no Secret to wait for', () => {
  const { volumes, containers } = sbomJob(anonymous, settings, 'secret-1').spec?.template.spec ?? {};
  assert.equal(
    volumes?.map(({ name }) => name),
    ['scratch'],
  );
  assert.equal(
    containers?.[0]?.volumeMounts?.map(({ name }) => name),
    ['scratch'],
  );
});

manifest('another image or platform has another name, another repository has not', () => {
  const names = [
    anonymous,
    request,
    { ...request, image: { ...image, platform: 'linux/amd64' } },
    { ...request, image: { ...image, digest: `sha256:${'b'.repeat(64)}` } },
  ].map(jobName);
  assert.is(names[0], names[1]);
  assert.is(new Set(names).size, 3);
  assert.ok(
    names.every((name) => /^[a-z0-9-]{1,52}$/.test(name)),
    'its pods have names too',
  );
});

manifest('sizes are written as the flags of palisade read them', () => {
  const limits = { ...defaultScanLimits, diskBytes: 2 ** 40, imageBytes: 1 };
  const args = sbomJob(anonymous, { ...settings, limits }, '').spec?.template.spec?.containers[0]?.args;
  assert.equal(args?.slice(9, 13), ['--scan-disk', '1024Gi', '--scan-image-size', '1Mi']);
});

manifest('with an index of jars, it has the disk and the time for it', () => {
  const jobOf = (more: { readonly jarIndex?: string }) => sbomJob(anonymous, { ...settings, ...more }, '').spec;
  const [without, withIndex] = [jobOf({}), jobOf({ jarIndex: 'r.example.com/trivy-java-db:1' })];
  const [pod, other] = [withIndex?.template.spec, without?.template.spec];
  assert.equal(pod?.containers[0]?.args?.slice(15, 17), [
    '--trivy-java-db-repository',
    'r.example.com/trivy-java-db:1',
  ]);
  assert.not.ok(other?.containers[0]?.args?.includes('--trivy-java-db-repository'));
  const disk = (one: typeof pod) => Number.parseInt(one?.volumes?.[0]?.emptyDir?.sizeLimit ?? '', 10);
  assert.is(disk(pod) - disk(other), 4096);
  const limit = (one: typeof pod) =>
    Number.parseInt(one?.containers[0]?.resources?.limits?.['ephemeral-storage'] ?? '', 10);
  assert.is(limit(pod) - limit(other), 4096);
  const deadline = (one: typeof withIndex) => one?.activeDeadlineSeconds ?? 0;
  assert.is(deadline(withIndex) - deadline(without), (2 * defaultScanLimits.timeMs) / 1000);
});

manifest('its Secret has a docker config for each source with credentials, for its registry alone', () => {
  const metadata = { name: 'job', namespace: 'palisade-system', uid: 'u', resourceVersion: '1' };
  const secret = credentialsSecret(request, { apiVersion: 'batch/v1', kind: 'Job', metadata }, 'secret-1');
  const data = Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]);
  assert.equal(data, [
    ['0', '{"auths":{"r.example.com:5000":{"username":"a:b","password":"one"}}}'],
    ['1', '{"auths":{"r.example.com:5000":{"username":"c","password":"two"}}}'],
  ]);
  assert.equal(secret.metadata?.ownerReferences, [{ apiVersion: 'batch/v1', kind: 'Job', name: 'job', uid: 'u' }]);
});

manifest.run();
