// needs: cluster, scanner
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { debian } from '../../../hack/images/packages/dpkg.ts';
import { findCondition } from '../../../src/api/conditions.ts';
import type { ImageScan, ScanSpec } from '../../../src/api/imagescan.ts';
import { quiet, scansMade } from '../../harness/operator-figures.ts';
import { Scans, VULNERABLE } from '../../harness/scans.ts';

const scans = await Scans.open();
const { palisade, stage } = scans;
const { judged, unfixed, old, unseen } = await palisade.namespaces(['judged', 'unfixed', 'old', 'unseen']);
const { registry } = await scans.operator(scans.settings(), judged, unfixed, old, unseen);
test.after(() => scans.close());

/** The only known finding of zlib: High, without a fix. */
const ZLIB = debian('12.11', [{ name: 'zlib1g', version: '1:1.2.13.dfsg-1', source: 'zlib' }]);
const OLD = debian('10', [{ name: 'libssl1.1', version: '1.1.1n-0+deb10u3', source: 'openssl' }]);

const app = await scans.push('judged/app', VULNERABLE);
await scans.run(judged, 'app', [app]);
const zlib = await scans.push('unfixed/zlib', ZLIB);
await scans.run(unfixed, 'zlib', [zlib]);

const verdict = ({ status }: ImageScan) => {
  const { status: value, reason, message } = findCondition(status?.conditions, 'Compliant') ?? {};
  return [value, reason, message];
};

const applied = async (namespace: string, spec: ScanSpec): Promise<ImageScan> => {
  await scans.apply(namespace, 'all', spec);
  return await scans.settled(namespace, 'all');
};

const blocking = (what: string, image: string) => `${what} in 1 image: ${image}; status.images lists what to upgrade`;

/** The image has one Critical finding with a fix, one High and one Low without. */
const levels: [ScanSpec, string, string, string][] = [
  [{}, 'False', 'BlockingFindings', blocking('1 finding of severity Critical', app.reference)],
  [{ failOn: 'High' }, 'False', 'BlockingFindings', blocking('2 findings of severity High or above', app.reference)],
  [
    { failOn: 'Medium' },
    'False',
    'BlockingFindings',
    blocking('2 findings of severity Medium or above', app.reference),
  ],
  [{ failOn: 'Low' }, 'False', 'BlockingFindings', blocking('3 findings of severity Low or above', app.reference)],
  [{ failOn: 'None' }, 'True', 'NoBlockingFindings', 'failOn is None: no finding blocks'],
  [
    { failOn: 'Low', ignoreUnfixed: true },
    'False',
    'BlockingFindings',
    blocking('1 finding of severity Low or above with a fix', app.reference),
  ],
];

for (const [spec, ...expected] of levels) {
  test(`Compliant with ${JSON.stringify(spec)}`, async () => {
    const scan = await applied(judged, spec);
    assert.equal(verdict(scan), expected);
    assert.equal([scan.status?.summary?.critical, scan.status?.summary?.high, scan.status?.summary?.low], [1, 1, 1]);
  });
}

test('an unfixable finding blocks unless ignoreUnfixed is set, and counts either way', async () => {
  const strict = await applied(unfixed, { failOn: 'High' });
  assert.equal(verdict(strict).slice(0, 2), ['False', 'BlockingFindings']);
  assert.equal(strict.status?.images?.[0]?.advice, ['no fix yet: zlib1g 1:1.2.13.dfsg-1 (1 High)']);
  await quiet(registry);
  const made = await scansMade(registry);
  const lenient = await applied(unfixed, { failOn: 'High', ignoreUnfixed: true });
  assert.equal(verdict(lenient), ['True', 'NoBlockingFindings', 'no finding of severity High or above with a fix']);
  assert.equal([lenient.status?.summary?.high, lenient.status?.images?.[0]?.advice], [1, undefined]);
  assert.equal(await scansMade(registry), made, 'without a scan');
});

test('a distribution that gets no more fixes is named in the row and in the advice', async () => {
  await scans.run(old, 'app', [await scans.push('old/app', OLD)]);
  const { status } = await applied(old, {});
  const [row] = status?.images ?? [];
  assert.equal(
    [row?.os, row?.endOfLife, row?.critical, row?.fixable, row?.oldestFixableAt],
    ['debian 10', true, 1, 0, undefined],
  );
  assert.equal(row?.advice, [
    'debian 10 gets no more fixes: move to a newer release',
    'no fix yet: libssl1.1 1.1.1n-0+deb10u3 (1 Critical)',
  ]);
});

test('while an image has no result, Compliant is Unknown unless another image decides', async () => {
  const gone = `${stage.registry.host}/unseen/gone`;
  const absent = { reference: `${gone}:1`, imageID: `${gone}@sha256:${'0'.repeat(64)}` };
  await scans.run(unseen, 'gone', [absent]);
  await scans.apply(unseen, 'all', {});
  const unknown = await scans.condition(unseen, 'all', 'Ready', 'False', 'NotFound');
  assert.equal(verdict(unknown), ['Unknown', 'NotScanned', `1 image without a scan result: ${absent.reference}`]);
  await scans.run(unseen, 'bad', [app]);
  const decided = await scans.condition(unseen, 'all', 'Compliant', 'False');
  assert.equal(verdict(decided).slice(1), [
    'BlockingFindings',
    blocking('1 finding of severity Critical', app.reference),
  ]);
});

test.run();
