// needs: cluster, scanner
// timeout: 600s
import { randomBytes } from 'node:crypto';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job } from 'kubernetes-types/batch/v1.js';
import { pino } from 'pino';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KINDS } from '../../../hack/kinds.ts';
import type { Registry } from '../../../hack/registry/start.ts';
import { parseReference } from '../../../src/api/image-reference.ts';
import type { ImageScan } from '../../../src/api/imagescan.ts';
import { Reflector } from '../../../src/kube/cache/reflector.ts';
import { Store } from '../../../src/kube/cache/store.ts';
import { systemClock } from '../../../src/kube/clock.ts';
import { SECRETS } from '../../../src/kube/kinds.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { KubeClient } from '../../../src/kube/rest/client.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import type { Resource } from '../../../src/kube/rest/resource.ts';
import type { ImageSource } from '../../../src/scan/image.ts';
import type { ScanError } from '../../../src/scan/scan-error.ts';
import { JobAnalyzer, type JobAnalyzerOptions } from '../../../src/scan/scanner/analysis/job/job-analyzer.ts';
import { jobName, SBOM_JOB_LABELS } from '../../../src/scan/scanner/analysis/job/sbom-job.ts';
import { openLocalAnalyzer } from '../../../src/scan/scanner/analysis/open-local-analyzer.ts';
import { NO_JAR_INDEX_IN_JOBS } from '../../../src/scan/scanner/database/jar-index.ts';
import type { AnalysisRequest } from '../../../src/scan/scanner/scanner.ts';
import { computeHere } from '../../../src/scan/threads/compute.ts';
import { installJobScanner, JOB_IMAGE } from '../../harness/job-scanner.ts';
import { Kubelet } from '../../harness/kubelet.ts';
import { defaultScanLimits } from '../../harness/scan-limits.ts';
import { HARMLESS, Scans, VULNERABLE } from '../../harness/scans.ts';
import { until } from '../../harness/until.ts';

type KubeJob = KubeObject & Job;

const IMAGE = JOB_IMAGE;
const PASSWORD = `pass-${randomBytes(8).toString('hex')}`;
const account = { username: 'robot', password: PASSWORD };
const never = new AbortController().signal;

const scans = await Scans.open();
const { admin } = scans.palisade;
const privateRegistry = await scans.stage.privateRegistry(account);
const limits = { ...defaultScanLimits, timeMs: 60_000 };
const operatorConfig = loadKubeConfig(scans.palisade.operatorKubeconfig);
/** As the operator: config/rbac and config/job-scanner must suffice. */
const client = new KubeClient(operatorConfig, { userAgent: 'palisade' });
const bin = join(scans.stage.directory, 'bin');
await mkdir(bin);
await symlink(scans.stage.trivy, join(bin, 'trivy'));

let namespace: string;
let node: Kubelet;
const ended = new AbortController();
let watch: Promise<void> = Promise.resolve();
const logged: string[] = [];
const log = pino({ level: 'debug' }, { write: (line: string) => logged.push(line) });

const jobs = suite('analyses by Jobs');

/** Where Jobs run: as palisade-system, with config/job-scanner in it. */
const jobNamespace = async (): Promise<string> => {
  const name = await scans.palisade.namespace('jobs', { 'pod-security.kubernetes.io/enforce': 'restricted' });
  await installJobScanner(admin, name);
  return name;
};

jobs.before.each(async () => {
  namespace = await jobNamespace();
  node = await Kubelet.start({ kubeconfig: scans.palisade.kubeconfig, namespace, path: [bin] });
});
jobs.after.each(() => node.stop());
jobs.after(async () => {
  ended.abort();
  await watch;
  await operatorConfig.close();
  await scans.close();
});

const maker = (options: Partial<JobAnalyzerOptions> = {}): JobAnalyzer =>
  new JobAnalyzer({
    client,
    namespace,
    image: IMAGE,
    limits,
    allowedRegistries: [scans.stage.registry.host, privateRegistry.host],
    clock: systemClock,
    compute: computeHere,
    log,
    ...options,
  });

const requestFor = async (
  repository: string,
  registry: Registry = scans.stage.registry,
  credentials?: ImageSource['credentials'],
): Promise<AnalysisRequest> => {
  const { imageID } = await scans.push(repository, VULNERABLE, registry);
  const { digest = '' } = parseReference(imageID) ?? {};
  const source = { registry: registry.host, repository, ...(credentials !== undefined && { credentials }) };
  return { image: { digest, platform: 'linux/amd64' }, sources: [source] };
};

const failure = async (work: Promise<unknown>): Promise<ScanError> => {
  try {
    await work;
  } catch (error) {
    return error as ScanError;
  }
  throw new Error('it did not fail');
};

const listOf = (resource: Resource): Promise<KubeObject[]> => scans.palisade.list(resource, namespace);
const nothingLeft = async () => {
  for (const resource of [KINDS.Job, KINDS.Pod, SECRETS]) {
    await until(`no ${resource.plural} are left`, async () => (await listOf(resource)).length === 0);
  }
};

jobs('give the same bytes as a local run, from a pod that Pod Security restricted admits', async () => {
  const request = await requestFor('team/app');
  const settings = { trivy: scans.stage.trivy, path: '', workDirectory: join(scans.stage.directory, 'local') };
  const allowedRegistries = [scans.stage.registry.host];
  const local = await openLocalAnalyzer(
    {
      ...{ ...settings, limits, allowedRegistries, clock: systemClock, compute: computeHere },
      jarIndex: { none: NO_JAR_INDEX_IN_JOBS },
    },
    never,
  );
  const expected = await local.analyzer.analyze(request, never);
  await local.close();
  const analysis = await maker().analyze(request, never);
  assert.is(analysis.toString(), expected.toString());
  assert.is(node.seen.length, 1);
  await nothingLeft();
});

jobs('a private image: the credential is in a Secret that is deleted with the Job, and nowhere else', async () => {
  const request = await requestFor('team/secret', privateRegistry, account);
  const anonymous = { ...request, sources: request.sources.map(({ credentials: _, ...source }) => source) };
  assert.is((await failure(maker().analyze(anonymous, never))).reason, 'Unauthorized');
  const written: string[] = [];
  node.behave = async (pod, self) => {
    await self.running(pod);
    const { exitCode, log: text } = await self.run(pod);
    written.push(text, JSON.stringify(await listOf(KINDS.Job)), JSON.stringify(await listOf(KINDS.Pod)));
    const [secret] = (await listOf(SECRETS)) as (KubeObject & { data: Record<string, string> })[];
    assert.equal(Object.keys(secret?.data ?? {}), ['0']);
    assert.match(Buffer.from(secret?.data['0'] ?? '', 'base64').toString(), PASSWORD);
    assert.equal(
      secret?.metadata.ownerReferences?.map(({ kind, name }) => ({ kind, name })),
      [{ kind: 'Job', name: jobName(request) }],
    );
    self.writeLog(pod, text);
    await self.exited(pod, { exitCode });
  };
  const analysis = await maker().analyze(request, never);
  assert.match(analysis.toString(), 'libssl3');
  const events = await admin.list({ ...KINDS.Event, group: '', version: 'v1' }, { namespace });
  written.push(JSON.stringify(events), ...logged);
  const forms = [PASSWORD, ...[PASSWORD, `robot:${PASSWORD}`].map((text) => Buffer.from(text).toString('base64'))];
  for (const form of forms) assert.not.ok(written.some((text) => text.includes(form)));
  await nothingLeft();
});

jobs('a failure in the pod is reported as the same failure here', async () => {
  const request = await requestFor('team/app');
  const sources = [{ registry: scans.stage.registry.host, repository: 'team/other' }];
  const { reason, message } = await failure(maker().analyze({ ...request, sources }, never));
  assert.is(reason, 'NotFound');
  assert.match(message, `team/other@${request.image.digest}`);
  await nothingLeft();
});

jobs('a truncated or missing log is no SBOM', async () => {
  const request = await requestFor('team/app');
  const what = `${request.image.digest}@linux/amd64`;
  let whole: string | undefined;
  for (const [cut, why] of [
    [(text: string) => text.slice(text.indexOf('\n')), 'has lost its beginning'],
    [(text: string) => text.slice(0, text.length / 2), 'has lost its end'],
    [(text: string) => text.replace(/\n[^\n]{9}/, '\n'), 'is not what its checksum says'],
  ] as const) {
    node.behave = async (pod, self) => {
      whole ??= (await self.run(pod)).log;
      self.writeLog(pod, cut(whole));
      await self.exited(pod, { exitCode: 0 });
    };
    const { reason, message } = await failure(maker().analyze(request, never));
    assert.is(reason, 'ScannerFailed');
    assert.is(
      message,
      `${what}: the log of its pod ${why}: check that its nodes keep logs of that size (containerLogMaxSize of the kubelet)`,
    );
  }
  node.behave = (pod, self) => self.exited(pod, { exitCode: 0 });
  const { reason, message } = await failure(maker().analyze(request, never));
  assert.is(reason, 'ScannerFailed');
  assert.match(message, /^sha256:\w+@linux\/amd64: the log of its pod could not be read: GET .*\/log: /);
  await nothingLeft();
});

jobs('a failure that the node causes has its own reason', async () => {
  const request = await requestFor('team/app');
  node.behave = (pod, self) => self.exited(pod, { exitCode: 137, reason: 'OOMKilled' });
  assert.is((await failure(maker().analyze(request, never))).reason, 'TooLarge');
  const message = 'Usage of EmptyDir volume "scratch" exceeds the limit "10368Mi". ';
  node.behave = (pod, self) => self.status(pod, { phase: 'Failed', reason: 'Evicted', message });
  assert.is((await failure(maker().analyze(request, never))).reason, 'TooLarge');
  await nothingLeft();
});

jobs("the Job's deadline is a Timeout", async () => {
  const request = await requestFor('team/app');
  node.behave = async (pod, self) => {
    await self.running(pod);
    const spec = { activeDeadlineSeconds: 1 };
    await admin.patch(KINDS.Job, jobName(request), { spec }, { namespace, type: 'merge' });
  };
  const { reason, message } = await failure(maker().analyze(request, never));
  assert.is(reason, 'Timeout');
  assert.match(message, 'its Job did not end within 1 s: allow more time');
  await nothingLeft();
});

jobs('a pod that does not start is given up, with the message of its node', async () => {
  const request = await requestFor('team/app');
  node.behave = (pod, self) => {
    const waiting = { reason: 'ImagePullBackOff', message: `Back-off pulling image "${IMAGE}"` };
    const one = { name: 'sbom', image: IMAGE, imageID: '', ready: false, restartCount: 0, state: { waiting } };
    return self.status(pod, { phase: 'Pending', containerStatuses: [one] });
  };
  const { reason, message } = await failure(maker({ startMs: 8_000 }).analyze(request, never));
  assert.is(reason, 'ScannerFailed');
  const cure = 'check --job-image, and that the nodes can pull it';
  assert.match(message, `had no running pod within 8 s: ImagePullBackOff: Back-off pulling image "${IMAGE}": ${cure}`);
  await nothingLeft();
});

jobs('a Job that gets no pod is given up, with the message of the Job controller', async () => {
  const request = await requestFor('team/app');
  await admin.delete(KINDS.ServiceAccount, 'palisade-sbom', { namespace });
  const { reason, message } = await failure(maker({ startMs: 8_000 }).analyze(request, never));
  assert.is(reason, 'ScannerFailed');
  assert.match(message, /had no running pod within 8 s: FailedCreate: .*palisade-sbom/);
  await nothingLeft();
});

jobs('without config/job-scanner the error names what to apply', async () => {
  const request = await requestFor('team/app');
  const { reason, message } = await failure(maker({ namespace: 'default' }).analyze(request, never));
  assert.is(reason, 'ScannerFailed');
  assert.match(message, 'apply config/job-scanner in namespace default');
});

jobs('another image than that of the admission policy is refused with the cure', async () => {
  const request = await requestFor('team/app');
  const { reason, message } = await failure(maker({ image: 'registry.example.com/other:1' }).analyze(request, never));
  assert.is(reason, 'ScannerFailed');
  assert.match(message, `with image ${IMAGE}: set --job-image to it, or replace it in admission policy`);
});

jobs('the end of the signal deletes the Job and its pod', async () => {
  const request = await requestFor('team/app', privateRegistry, account);
  const stop = new AbortController();
  let started = false;
  node.behave = async (pod, self) => {
    await self.running(pod);
    started = true;
  };
  const analysis = failure(maker().analyze(request, stop.signal));
  await until('the pod runs', () => started);
  stop.abort(new Error('stopped'));
  assert.is((await analysis).message, 'stopped');
  await nothingLeft();
});

const spec = {
  suspend: true,
  template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example.com/app:1' }] } },
};

jobs('leftovers of an earlier operator are deleted at the start, and nothing else is', async () => {
  const create = (name: string, labels: Record<string, string>) =>
    admin.create(KINDS.Job, { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, labels }, spec }, { namespace });
  await create('left', { ...SBOM_JOB_LABELS, 'security.palisade.dev/run': 'earlier' });
  await create('left-without-run', SBOM_JOB_LABELS);
  await create('of-somebody', { 'app.kubernetes.io/managed-by': 'palisade' });
  const one = maker();
  let swept = false;
  node.behave = async (pod, self) => {
    await one.removeLeftovers(never);
    swept = true;
    const { exitCode, log: text } = await self.run(pod);
    self.writeLog(pod, text);
    await self.exited(pod, { exitCode });
  };
  await one.analyze(await requestFor('team/app'), never);
  assert.ok(swept, 'its own Job continues');
  assert.equal(await scans.palisade.names(KINDS.Job, namespace), ['of-somebody']);
});

jobs("our own Job that has the name is replaced, and another client's is never touched", async () => {
  const request = await requestFor('team/app');
  const name = jobName(request);
  const annotations = { 'security.palisade.dev/image': `${request.image.digest}@linux/amd64` };
  const create = (labels: Record<string, string>) =>
    admin.create<KubeJob>(
      KINDS.Job,
      { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, labels, annotations }, spec },
      { namespace },
    );
  await create(SBOM_JOB_LABELS);
  assert.match((await maker().analyze(request, never)).toString(), 'libssl3');
  await nothingLeft();
  const { metadata } = await create({ app: 'theirs' });
  const current = () => admin.get<KubeJob>(KINDS.Job, name, namespace);
  await until('the Job controller has seen it', async () => (await current()).status?.conditions !== undefined);
  const { reason, message } = await failure(maker().analyze(request, never));
  assert.is(reason, 'ScannerFailed');
  assert.match(message, `Job ${namespace}/${name} exists and was not created by Palisade: delete it`);
  const { metadata: after } = await current();
  assert.equal([after.uid, after.generation, after.deletionTimestamp], [metadata.uid, 1, undefined]);
});

jobs(
  'the operator scans by Jobs, never more at once than allowed, and deletes running Jobs when it is stopped',
  async () => {
    const team = await scans.palisade.namespace('team');
    const there = new Store<KubeJob>();
    let now = 0;
    let most = 0;
    there.subscribe(({ type }) => {
      if (type === 'Added') now += 1;
      if (type === 'Deleted') now -= 1;
      most = Math.max(most, now);
    });
    watch = new Reflector({ client: admin, resource: KINDS.Job, namespace, store: there, log }).run(ended.signal);
    const allowedRegistries = [scans.stage.registry.host];
    const settings = scans.settings({ jobs: { namespace, image: IMAGE }, allowedRegistries });
    const operator = await scans.operator(settings, team);
    const images: string[] = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      images.push((await scans.push(`jobs/${name}`, name === 'a' ? VULNERABLE : HARMLESS)).reference);
    }
    await scans.apply(team, 'all', { target: { images } });
    const scanned = ({ status }: ImageScan) => status?.summary?.scanned === 4;
    const { status } = await scans.when(team, 'all', 'everything is scanned', scanned, 180_000);
    assert.equal(
      status?.findings?.map(({ id, package: name, installed, fixed = '-' }) => `${id} ${name} ${installed} ${fixed}`),
      [
        'CVE-2099-0001 libssl3 3.0.15-1~deb12u1 3.0.17-1~deb12u3',
        'CVE-2099-0003 zlib1g 1:1.2.13.dfsg-1 -',
        'CVE-2099-0002 libssl3 3.0.15-1~deb12u1 -',
      ],
    );
    assert.is(node.seen.length, 4);
    assert.is(most, 2);
    await nothingLeft();

    let started = false;
    node.behave = async (pod, self) => {
      await self.running(pod);
      started = true;
    };
    const { reference } = await scans.push('jobs/e', HARMLESS);
    await scans.apply(team, 'all', { target: { images: [...images, reference] } });
    await until('its Job runs', () => started);
    await operator.stop();
    await nothingLeft();
  },
);

jobs.run();
