// suite: tools
// needs: cluster, scanner
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { image, index } from '../../../hack/images/image.ts';
import type { Files } from '../../../hack/images/layer.ts';
import { push } from '../../../hack/images/push.ts';
import type { RunningContainer } from '../../../hack/running-pod.ts';
import type { ImageScan } from '../../../src/api/imagescan.ts';
import { privateControlPlane } from '../../harness/controlplane.ts';
import { quiet, scansMade } from '../../harness/operator-figures.ts';
import { HARMLESS, Scans, VULNERABLE } from '../../harness/scans.ts';

// Nodes are cluster-wide, and images without a pod get the platform that most nodes have.
const controlPlane = await privateControlPlane();
const scans = await Scans.open(controlPlane.kubeconfig);
const { palisade, stage } = scans;
const { mixed, late, wrong } = await palisade.namespaces(['mixed', 'late', 'wrong']);
await scans.node('amd-1', 'amd64');
await scans.node('amd-2', 'amd64');
await scans.node('arm-1', 'arm64');
const { registry } = await scans.operator(scans.settings(), mixed, late, wrong);
test.after(async () => {
  await scans.close();
  await controlPlane.stop();
});

const platform = (architecture: string) => ({ os: 'linux', architecture });

/** An index of two images. @returns how pods have it: by the digest of the index */
const pushIndex = async (repository: string, amd64: Files, arm64: Files): Promise<RunningContainer> => {
  const children = [
    await image({ layers: [{ ...amd64, 'etc/repository': repository }], platform: platform('amd64') }),
    await image({ layers: [{ ...arm64, 'etc/repository': repository }], platform: platform('arm64') }),
  ];
  const digest = await push(stage.registry, repository, index(children), '1');
  const name = `${stage.registry.host}/${repository}`;
  return { reference: `${name}:1`, imageID: `${name}@${digest}` };
};

const rows = ({ status }: ImageScan) =>
  status?.images?.map((row) => [row.platform, row.pods, row.state, row.critical, row.reason]);

test('invariant 1: one digest on nodes of two platforms: two rows, each with its own findings, each pulled once', async () => {
  const app = await pushIndex('mixed/app', VULNERABLE, HARMLESS);
  await scans.run(mixed, 'amd-1', [app], { node: 'amd-1' });
  await scans.run(mixed, 'amd-2', [app], { node: 'amd-2' });
  await scans.run(mixed, 'arm-1', [app], { node: 'arm-1' });
  await scans.apply(mixed, 'all', {});
  const scan = await scans.settled(mixed, 'all');
  assert.equal(rows(scan), [
    ['linux/amd64', 2, 'Scanned', 1, undefined],
    ['linux/arm64', 1, 'Scanned', 0, undefined],
  ]);
  assert.equal(new Set(scan.status?.images?.map(({ digest }) => digest)), new Set([app.imageID.split('@')[1]]));
  assert.is(await scans.pulls('mixed/app'), 4, 'a config and a layer of each');
});

test('an image whose node appears after its pod is scanned for the platform of the node, not for the usual one', async () => {
  const app = await pushIndex('late/app', HARMLESS, VULNERABLE);
  await scans.run(late, 'pod', [app], { node: 'arm-late' });
  await scans.apply(late, 'all', {});
  assert.equal(rows(await scans.settled(late, 'all')), [['linux/amd64', 1, 'Scanned', 0, undefined]]);
  await scans.node('arm-late', 'arm64');
  const after = await scans.when(late, 'all', 'its own platform is scanned', ({ status }) => {
    return status?.images?.[0]?.platform === 'linux/arm64' && status.summary?.scanned === 1;
  });
  assert.equal(rows(after), [['linux/arm64', 1, 'Scanned', 1, undefined]]);
});

test('target.images have the platform that most nodes have', async () => {
  const tool = await pushIndex('mixed/tool', VULNERABLE, HARMLESS);
  await scans.apply(mixed, 'tool', { target: { selector: { matchLabels: { no: 'pod' } }, images: [tool.reference] } });
  const scan = await scans.when(mixed, 'tool', 'scanned', ({ status }) => status?.summary?.scanned === 1);
  assert.equal(rows(scan), [['linux/amd64', 0, 'Scanned', 1, undefined]]);
});

test('an index without the platform of the node is a row that reports this, and is not retried', async () => {
  const only = await image({ layers: [VULNERABLE], platform: platform('amd64') });
  const digest = await push(stage.registry, 'wrong/app', index([only]), '1');
  const name = `${stage.registry.host}/wrong/app`;
  await scans.run(wrong, 'pod', [{ reference: `${name}:1`, imageID: `${name}@${digest}` }], { node: 'arm-1' });
  await scans.apply(wrong, 'all', {});
  const scan = await scans.condition(wrong, 'all', 'Stalled', 'True', 'PlatformMismatch');
  assert.equal(rows(scan), [['linux/arm64', 1, 'Failed', undefined, 'PlatformMismatch']]);
  const before = await quiet(registry);
  await scans.stopPod(late, 'pod');
  await quiet(registry);
  assert.equal(await scansMade(registry), before.scans);
});

test.run();
