// needs: cluster, scanner
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RESCAN_ANNOTATION } from '../../../src/api/keys.ts';
import { apiRequests, quiet, scansMade } from '../../harness/operator-figures.ts';
import { HARMLESS, Scans, VULNERABLE } from '../../harness/scans.ts';
import { until } from '../../harness/until.ts';

const PODS = 1000;
/** Pods that are made at the same time. */
const LANES = 16;

const scans = await Scans.open();
const { palisade, stage } = scans;
const { asked, crowd } = await palisade.namespaces(['asked', 'crowd']);
const { registry } = await scans.operator(scans.settings(), asked, crowd);
test.after(() => scans.close());

const spec = { schedule: '0 3 1 1 *' };
for (const [name, files] of [
  ['a', VULNERABLE],
  ['b', HARMLESS],
  ['c', VULNERABLE],
] as const) {
  await scans.run(asked, name, [await scans.push(`asked/${name}`, files)]);
}
await scans.apply(asked, 'nightly', spec);
await scans.settled(asked, 'nightly');

const successes = async (): Promise<number> => (await scansMade(registry)).success ?? 0;
const imageRequests = async (): Promise<string[]> =>
  (await stage.registry.requests()).filter((request) => !request.includes('/v2/trivy-db/'));

for (const value of ['2026-01-01T00:00:00Z', 'now, please', 'now, please']) {
  test(`invariant 6: rescan now, ${value}: every image is scanned again, once, from its analysis`, async () => {
    await quiet(registry);
    const before = await scans.get(asked, 'nightly');
    const [made, requests] = [await successes(), await imageRequests()];
    const again = before.status?.lastHandledRescanAt === value;
    await scans.apply(asked, 'nightly', spec, { [RESCAN_ANNOTATION]: value });
    const { status } = await scans.when(asked, 'nightly', 'it is done', (scan) => {
      return scan.status?.lastHandledRescanAt === value;
    });
    await quiet(registry);
    assert.is(await successes(), again ? made : made + 3);
    assert.equal(await imageRequests(), requests);
    assert.is(status?.summary?.scanned, 3);
    assert.is(status?.nextScanTime, before.status?.nextScanTime, 'the schedule is another matter');
  });
}

test('invariant 2: an idle operator sends no request to the API server, and asks the registry for the database only', async () => {
  await quiet(registry);
  const [before, made, requests] = [await apiRequests(registry), await scansMade(registry), await imageRequests()];
  const looks = async () => (await stage.registry.requests()).length;
  const looked = await looks();
  await until('five checks of the database', async () => (await looks()) >= looked + 5);
  assert.equal(await apiRequests(registry), before);
  assert.equal(await scansMade(registry), made);
  assert.equal(await imageRequests(), requests);
});

test('a check that finds nothing new writes nothing', async () => {
  await quiet(registry);
  const before = await apiRequests(registry);
  const { metadata } = await scans.get(asked, 'nightly');
  // The same image once more, in a pod that is not selected, and one that finished.
  await scans.run(asked, 'd', [{ reference: 'x:1', imageID: '' }]);
  await quiet(registry);
  assert.equal(await apiRequests(registry), before);
  assert.is((await scans.get(asked, 'nightly')).metadata.resourceVersion, metadata.resourceVersion);
});

test('1000 pods of one image cost one scan, and few writes', async () => {
  const image = await scans.push('crowd/app', VULNERABLE);
  await scans.apply(crowd, 'all', {});
  await scans.condition(crowd, 'all', 'Ready', 'True', 'NoImages');
  const [made, { requests: before }] = [await successes(), await quiet(registry)];
  const started = performance.now();
  const names = [...Array(PODS).keys()].map((i) => `pod-${i}`)[Symbol.iterator]();
  const lane = async () => {
    for (const name of names) await scans.run(crowd, name, [image]);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const seconds = (performance.now() - started) / 1000;
  await scans.when(crowd, 'all', 'all pods are counted', ({ status }) => status?.images?.[0]?.pods === PODS);
  await scans.settled(crowd, 'all');
  const { requests } = await quiet(registry);
  assert.is(await successes(), made + 1);
  assert.is(await scans.pulls('crowd/app'), 2, 'config and layer');
  const writes = (requests.PATCH ?? 0) - (before.PATCH ?? 0);
  process.stdout.write(`(${PODS} pods in ${Math.round(seconds)} s: ${writes} writes of status) `);
  // At most one each 10 s, and a few for the scan itself.
  assert.ok(writes <= seconds / 10 + 10, `${writes} writes in ${seconds} s`);
});

test.run();
