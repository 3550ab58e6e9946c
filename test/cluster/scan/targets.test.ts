// suite: tools
// needs: cluster, scanner

import { fetch } from 'undici';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { image } from '../../../hack/images/image.ts';
import type { Files } from '../../../hack/images/layer.ts';
import { push } from '../../../hack/images/push.ts';
import type { RunningContainer } from '../../../hack/running-pod.ts';
import type { ImageScan } from '../../../src/api/imagescan.ts';
import { RESCAN_ANNOTATION } from '../../../src/api/keys.ts';
import { CRON_JOBS, DEPLOYMENTS, PODS } from '../../../src/kube/kinds.ts';
import type { Resource } from '../../../src/kube/rest/resource.ts';
import { quiet, scansMade } from '../../harness/operator-figures.ts';
import { HARMLESS, Scans, VULNERABLE } from '../../harness/scans.ts';

const scans = await Scans.open();
const { palisade, stage } = scans;
const { aimed } = await palisade.namespaces(['aimed']);
const { registry } = await scans.operator(scans.settings(), aimed);
test.after(() => scans.close());

const digestOf = (imageID: string): string => imageID.split('@')[1] ?? '';
const rows = ({ status }: ImageScan) =>
  status?.images?.map(({ image: reference, digest, pods, state, critical }) => [
    reference,
    digest,
    pods,
    state,
    critical,
  ]);

const web = await scans.push('aimed/web', VULNERABLE);
const batch = await scans.push('aimed/batch', HARMLESS);
const tagged = await scans.push('aimed/tagged', HARMLESS);
const pinned = await scans.push('aimed/pinned', VULNERABLE);
await scans.run(aimed, 'web-1', [web], { labels: { app: 'web', tier: 'front' } });
await scans.run(aimed, 'batch-1', [batch], { labels: { app: 'batch' } });
await scans.run(aimed, 'plain', [batch]);

/** The ID that CRI-O gives a pushed image. */
const configOf = async ({ imageID }: RunningContainer): Promise<string> => {
  const [name = '', digest] = imageID.split('@');
  const path = name.slice(name.indexOf('/') + 1);
  const response = await fetch(`${stage.registry.url}/v2/${path}/manifests/${digest}`, {
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
  const { config } = (await response.json()) as { config: { digest: string } };
  return config.digest.replace('sha256:', '');
};

/** Pushes other files under the existing tag of an image. */
const move = async (repository: string, files: Files): Promise<string> =>
  push(stage.registry, repository, await image({ layers: [files] }), '1');

const target = { selector: { matchLabels: { app: 'web' } }, images: [tagged.reference, pinned.imageID, web.reference] };
const apply = (rescan?: string) =>
  scans.apply(aimed, 'all', { target }, rescan === undefined ? {} : { [RESCAN_ANNOTATION]: rescan });
const rescanned = async (value: string): Promise<ImageScan> => {
  await apply(value);
  await scans.when(aimed, 'all', 'rescanned', ({ status }) => status?.lastHandledRescanAt === value);
  await quiet(registry);
  return await scans.get(aimed, 'all');
};

test('the selector chooses pods; images by tag and by digest are added, and an image that is both is one row', async () => {
  await apply();
  await scans.settled(aimed, 'all');
  const scan = await scans.when(aimed, 'all', 'three scanned', ({ status }) => status?.summary?.scanned === 3);
  assert.equal(rows(scan), [
    [pinned.imageID, digestOf(pinned.imageID), 0, 'Scanned', 1],
    [web.reference, digestOf(web.imageID), 1, 'Scanned', 1],
    [tagged.reference, digestOf(tagged.imageID), 0, 'Scanned', 0],
  ]);
  assert.equal(await scans.asked('aimed/batch').then((all) => all.filter((request) => request.startsWith('GET'))), []);
});

test('a changed label adds a pod or removes it', async () => {
  const label = (app: string) =>
    palisade.admin.patch(
      { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true },
      'batch-1',
      { metadata: { labels: { app } } },
      { namespace: aimed, type: 'merge' },
    );
  await label('web');
  await scans.when(aimed, 'all', 'four images', ({ status }) => status?.summary?.scanned === 4);
  await label('batch');
  await scans.when(aimed, 'all', 'three images', ({ status }) => status?.summary?.images === 3);
});

test('a moved tag is seen at the next rescan, and the running image stays the same', async () => {
  const moved = await move('aimed/tagged', VULNERABLE);
  await quiet(registry);
  assert.is(
    rows(await scans.get(aimed, 'all'))?.find(([name]) => name === tagged.reference)?.[1],
    digestOf(tagged.imageID),
  );
  assert.equal(
    rows(await rescanned('moved'))?.find(([name]) => name === tagged.reference),
    [tagged.reference, moved, 0, 'Scanned', 1],
  );
  const other = await move('aimed/web', HARMLESS);
  assert.equal(
    rows(await rescanned('moved again'))?.filter(([name]) => name === web.reference),
    [
      [web.reference, digestOf(web.imageID), 1, 'Scanned', 1],
      [web.reference, other, 0, 'Scanned', 0],
    ],
    'the running digest, and the current digest of the tag',
  );
});

test('an image that is removed from its registry keeps its result, and its row reports that', async () => {
  const before = await scans.get(aimed, 'all');
  const row = before.status?.images?.find(({ image: name }) => name === tagged.reference);
  const response = await fetch(`${stage.registry.url}/v2/aimed/tagged/manifests/${row?.digest}`, { method: 'DELETE' });
  assert.is(response.status, 202);
  const gone = await rescanned('removed');
  const now = gone.status?.images?.find(({ image: name }) => name === tagged.reference);
  assert.equal(
    [now?.state, now?.reason, now?.digest, now?.critical, now?.oldestFixableAt],
    ['Failed', 'NotFound', row?.digest, 1, row?.oldestFixableAt],
  );
  assert.match(now?.message ?? '', /^127\.0\.0\.1:\d+\/aimed\/tagged:1: the registry answered 404/);
  assert.is(gone.status?.summary?.failed, 1);
  assert.is(gone.status?.summary?.critical, before.status?.summary?.critical);
  await scans.condition(aimed, 'all', 'Fresh', 'False', 'ScanFailed');
});

test('an image that spec.target no longer names leaves the status, without a scan', async () => {
  const made = await scansMade(registry);
  await scans.apply(aimed, 'all', { target: { selector: target.selector } });
  const { status } = await scans.when(aimed, 'all', 'one image', (scan) => scan.status?.summary?.images === 1);
  await scans.settled(aimed, 'all');
  assert.is(status?.summary?.failed, 0);
  assert.equal(await scansMade(registry), made);
});

const { planned } = await palisade.namespaces(['planned']);

test('workloads that no pod runs, image volumes, and images that a node names otherwise are rows', async () => {
  await scans.operator(scans.settings(), planned);
  const [runs, nightly, volume, loaded, hidden] = await Promise.all(
    ['runs', 'nightly', 'volume', 'loaded', 'hidden'].map((name) => scans.push(`planned/${name}`, VULNERABLE)),
  );
  const create = (kind: Resource, name: string, spec: object) =>
    palisade.admin.create(
      kind,
      { apiVersion: `${kind.group}/v1`, kind: kind.kind, metadata: { name, namespace: planned }, spec },
      { namespace: planned },
    );
  const pods = ({ reference }: { reference: string }) => ({
    metadata: { labels: { app: 'planned' } },
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: reference }] },
  });
  const always = (image: { reference: string }) => {
    const { spec, ...template } = pods(image);
    return { ...template, spec: { ...spec, restartPolicy: 'Always' } };
  };
  await create(CRON_JOBS, 'nightly', { schedule: '0 3 * * *', jobTemplate: { spec: { template: pods(nightly!) } } });
  await create(DEPLOYMENTS, 'web', {
    replicas: 0,
    selector: { matchLabels: { app: 'planned' } },
    template: always(runs!),
  });
  await scans.run(planned, 'web', [runs!]);
  const archive = `docker.io/library/import-2026-10-05@${digestOf(loaded!.imageID)}`;
  await scans.run(planned, 'loaded', [{ reference: loaded!.reference, imageID: archive }]);
  const config = await configOf(hidden!);
  await scans.run(planned, 'crio', [{ reference: hidden!.reference, imageID: config }]);
  await palisade.admin.create(
    PODS,
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'volume', namespace: planned },
      spec: {
        schedulerName: 'nobody',
        containers: [{ name: 'main', image: runs!.reference, volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
        volumes: [{ name: 'data', image: { reference: volume!.reference } }],
      },
    },
    { namespace: planned },
  );
  await scans.apply(planned, 'all', {});
  const scanned = (count: number) =>
    scans.when(
      planned,
      'all',
      `${count} scanned`,
      ({ status }) => status?.summary?.scanned === count && status.summary.images === count,
    );
  const sources = ({ status }: ImageScan) =>
    status?.images?.map(({ image: reference, digest, pods: run, source }) => [reference, digest, run, source]).sort();
  const row = ({ reference, imageID }: RunningContainer, run: number, source?: string) => [
    reference,
    digestOf(imageID),
    run,
    source,
  ];
  const withPods = [row(hidden!, 1), row(loaded!, 1), row(runs!, 1), row(volume!, 1)];
  assert.equal(sources(await scanned(5)), [...withPods, row(nightly!, 0, 'Template')].sort());
  await palisade.admin.delete(PODS, 'web', { namespace: planned });
  await scans.when(
    planned,
    'all',
    'the Deployment has no pod',
    ({ status }) =>
      status?.images?.some(({ image: reference, source }) => reference === runs!.reference && source === 'Template') ??
      false,
  );
  const template = { spec: { jobTemplate: { spec: { template: pods(volume!) } } } };
  await palisade.admin.patch(CRON_JOBS, 'nightly', template, { namespace: planned, type: 'merge' });
  // A pod has the new image of the CronJob already.
  await scanned(4);
  await scans.apply(planned, 'all', { target: { templates: false } });
  await scanned(3);
  await palisade.admin.delete(CRON_JOBS, 'nightly', { namespace: planned });
});

test.run();
