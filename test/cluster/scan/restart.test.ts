// suite: faults
// needs: cluster, scanner
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ImageScan } from '../../../src/api/imagescan.ts';
import { RESCAN_ANNOTATION } from '../../../src/api/keys.ts';
import { fileName } from '../../../src/scan/store/entry.ts';
import { REPORTS_DIRECTORY } from '../../../src/scan/store/report-reader.ts';
import { quiet, scansMade } from '../../harness/operator-figures.ts';
import type { RunningOperator, ScanSetup } from '../../harness/palisade.ts';
import { HARMLESS, Scans, VULNERABLE } from '../../harness/scans.ts';
import { until } from '../../harness/until.ts';

const scans = await Scans.open();
const { palisade } = scans;
const { kept } = await palisade.namespaces(['kept']);
test.after(() => scans.close());

const digestOf = (imageID: string): string => imageID.split('@')[1] ?? '';
const NOWHERE = `sha256:${'0'.repeat(64)}`;

const app = await scans.push('kept/app', VULNERABLE);
const tool = await scans.push('kept/tool', HARMLESS);
const host = scans.stage.registry.host;
await scans.run(kept, 'app', [app]);
await scans.run(kept, 'tool', [tool]);
await scans.run(kept, 'gone', [{ reference: `${host}/kept/gone:1`, imageID: `${host}/kept/gone@${NOWHERE}` }]);
const more = [tool.reference, `${host}/kept/nowhere:1`];

const seen = async () => {
  const scan = await scans.get(kept, 'nightly');
  const pulls = [await scans.pulls('kept/app'), await scans.pulls('kept/tool')];
  return { version: scan.metadata.resourceVersion, events: await scans.events(kept, 'nightly'), pulls };
};

/** The visible status, but without the times of scans. */
const figures = ({ status }: ImageScan) => ({
  images: status?.images?.map(({ image, state, reason, message, critical, high }) => {
    return { image, state, reason, message, critical, high };
  }),
  findings: status?.findings?.map(({ id, package: name }) => [id, name]),
  conditions: status?.conditions?.map(({ type, status: value, reason }) => [type, value, reason]),
});

let settings: ScanSetup = scans.settings({ concurrency: 1 });
let operator: RunningOperator = await scans.operator(settings, kept);

const restart = async (next = settings): Promise<void> => {
  await operator.stop();
  settings = next;
  operator = await scans.operator(settings, kept);
};

/** Everything was tried, and the operator is idle. */
const rested = async (): Promise<ImageScan> => {
  await scans.when(kept, 'nightly', 'two scanned, two failed', ({ status }) => {
    return status?.summary?.scanned === 2 && status.summary.failed === 2;
  });
  await quiet(operator.registry);
  return await scans.get(kept, 'nightly');
};

test('a restart causes no scan of images with a result, no pull, no Event and no write, also where an image fails', async () => {
  await scans.apply(kept, 'nightly', { target: { images: more } });
  await rested();
  const before = await seen();
  assert.equal(before.pulls, [2, 2]);
  assert.equal(
    before.events.map((text) => text.split(':')[0]),
    ['NewCriticalFinding', 'NotCompliant', 'ScanFailed', 'ScanFailed'],
  );
  await restart();
  await until('what failed is tried again', async () => (await scansMade(operator.registry)).failure === 2);
  const { requests, scans: made } = await quiet(operator.registry);
  assert.equal(Object.keys(requests), ['GET'], JSON.stringify(requests));
  assert.equal(made, { failure: 2 }, 'the image that is gone, and the tag that is nowhere');
  assert.equal(await seen(), before);
});

test('without its report directory the operator scans everything again, shows the old results until then, and repeats no Event', async () => {
  const [before, view] = [await seen(), figures(await scans.get(kept, 'nightly'))];
  await restart(scans.settings({ concurrency: 1 }));
  const shown = new Set<number | undefined>();
  const isScanned = async () => {
    shown.add((await scans.get(kept, 'nightly')).status?.summary?.critical);
    return (await scansMade(operator.registry)).success === 2;
  };
  await until('all is scanned', isScanned, 60_000);
  assert.equal([...shown], [1]);
  assert.equal(figures(await rested()), view);
  const { events, pulls } = await seen();
  assert.equal(events, before.events);
  assert.equal(pulls, [4, 4]);
});

const request = (value: string) =>
  scans.apply(kept, 'nightly', { target: { images: more } }, { [RESCAN_ANNOTATION]: value });

const handled = (value: string): Promise<ImageScan> =>
  scans.when(kept, 'nightly', `${value} is done`, ({ status }) => status?.lastHandledRescanAt === value);

test('a rescan that a restart interrupts is completed after it', async () => {
  const before = (await scansMade(operator.registry)).success ?? 0;
  await request('interrupted');
  await until('one image is scanned', async () => ((await scansMade(operator.registry)).success ?? 0) > before);
  await operator.stop();
  const done = (await scans.get(kept, 'nightly')).status?.lastHandledRescanAt;
  operator = await scans.operator(settings, kept);
  await handled('interrupted');
  const { scans: made } = await quiet(operator.registry);
  assert.is(done, undefined);
  assert.equal(made, { success: 2, failure: 2 }, 'every image');
});

const fileOf = (kind: 'analysis' | 'report', imageID: string): string =>
  join(
    settings.directory,
    REPORTS_DIRECTORY,
    fileName({ kind, image: { digest: digestOf(imageID), platform: 'linux/amd64' } }),
  );

/** One bit in the middle. */
const damage = async (file: string): Promise<void> => {
  const bytes = await readFile(file);
  const middle = bytes.length >> 1;
  bytes[middle] = bytes[middle]! ^ 1;
  await writeFile(file, bytes);
};

test('damaged files are replaced: while the operator is down', async () => {
  const before = await seen();
  const view = figures(await scans.get(kept, 'nightly'));
  await operator.stop();
  await damage(fileOf('report', app.imageID));
  await damage(fileOf('analysis', tool.imageID));
  await damage(fileOf('report', tool.imageID));
  operator = await scans.operator(settings, kept);
  await until('both are scanned', async () => (await scansMade(operator.registry)).success === 2, 60_000);
  assert.equal(figures(await rested()), view);
  const { events, pulls } = await seen();
  assert.equal(events, before.events);
  assert.equal(pulls, [before.pulls[0], before.pulls[1]! + 2], 'only the image whose analysis was damaged is pulled');
});

const damagedFiles = async (): Promise<number> => {
  const name = 'palisade_report_store_damaged_files_total';
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(await operator.registry.getSingleMetricAsString(name))?.[1]);
};

test('damaged files are replaced: while it runs, at the next scan', async () => {
  const before = await seen();
  const found = await damagedFiles();
  const view = figures(await scans.get(kept, 'nightly'));
  await damage(fileOf('report', app.imageID));
  await damage(fileOf('analysis', app.imageID));
  await request('after damage');
  await handled('after damage');
  assert.equal(figures(await rested()).images, view.images);
  const { events, pulls } = await seen();
  assert.equal(events, before.events);
  assert.equal(pulls, [before.pulls[0]! + 2, before.pulls[1]]);
  assert.is(await damagedFiles(), found + 2);
});

test.run();
