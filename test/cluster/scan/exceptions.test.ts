// needs: cluster, scanner
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findCondition } from '../../../src/api/conditions.ts';
import type { ScanException } from '../../../src/api/imagescan.ts';
import { rfc3339 } from '../../../src/text/rfc3339.ts';
import { MovedClock } from '../../harness/moved-clock.ts';
import { quiet, scansMade } from '../../harness/operator-figures.ts';
import { Scans, VULNERABLE } from '../../harness/scans.ts';

const DAY_MS = 86_400_000;

const scans = await Scans.open();
const { palisade, stage } = scans;
const { excused, ending } = await palisade.namespaces(['excused', 'ending']);
const clock = new MovedClock();
const { registry } = await scans.operator(scans.settings({ clock }), excused, ending);
test.after(() => scans.close());

const app = await scans.push('excused/app', VULNERABLE);
const other = await scans.push('excused/other', VULNERABLE);
await scans.run(excused, 'app', [app]);
await scans.run(excused, 'other', [other]);
await scans.run(ending, 'app', [app]);

const host = stage.registry.host;
const CRITICAL = 'CVE-2099-0001';
const days = (count: number): string => rfc3339(clock.now() + count * DAY_MS);
const [past, far] = [days(-1), days(400)];
const justification = 'the vulnerable code is not reached';

/** Each of two images has CVE-2099-0001 (Critical), -0002 (Low) in libssl3, and -0003 (High) in zlib1g. */
const cases: [what: string, exception: ScanException, row: object, critical: number, suppressed: number][] = [
  [
    'not_affected takes it out, and its justification is shown',
    { id: CRITICAL, status: 'not_affected', justification },
    { findings: 2, justification },
    0,
    2,
  ],
  ['fixed takes it out', { id: CRITICAL, status: 'fixed' }, { findings: 2 }, 0, 2],
  ['affected lets it count', { id: CRITICAL, status: 'affected' }, { findings: 2 }, 2, 0],
  ['under_investigation lets it count', { id: CRITICAL, status: 'under_investigation' }, { findings: 2 }, 2, 0],
  ['in one package', { id: CRITICAL, status: 'fixed', package: 'libssl3' }, { findings: 2, package: 'libssl3' }, 0, 2],
  [
    'in another package',
    { id: CRITICAL, status: 'fixed', package: 'zlib1g' },
    { findings: 0, package: 'zlib1g' },
    2,
    0,
  ],
  [
    'in one repository',
    { id: CRITICAL, status: 'fixed', image: `${host}/excused/app` },
    { findings: 1, image: `${host}/excused/app` },
    1,
    1,
  ],
  [
    'in all repositories below a path',
    { id: CRITICAL, status: 'fixed', image: `${host}/excused/*` },
    { findings: 2, image: `${host}/excused/*` },
    0,
    2,
  ],
  [
    'in one image by its digest',
    { id: CRITICAL, status: 'fixed', image: other.imageID },
    { findings: 1, image: other.imageID },
    1,
    1,
  ],
  [
    'until a time that has not come',
    { id: CRITICAL, status: 'fixed', expiresAt: far },
    { findings: 2, expiresAt: far, expired: false },
    0,
    2,
  ],
  [
    'until a time that has passed: the finding is back',
    { id: CRITICAL, status: 'fixed', expiresAt: past },
    { findings: 2, expiresAt: past, expired: true },
    2,
    0,
  ],
];

test('without exceptions every finding counts', async () => {
  await scans.apply(excused, 'all', {});
  const { status } = await scans.settled(excused, 'all');
  assert.equal([status?.summary?.critical, status?.summary?.suppressed, status?.exceptions], [2, 0, undefined]);
  await quiet(registry);
});

for (const [what, exception, row, critical, suppressed] of cases) {
  test(`an exception needs no scan: ${what}`, async () => {
    const made = await scansMade(registry);
    await scans.apply(excused, 'all', { exceptions: [exception] });
    const { status } = await scans.settled(excused, 'all');
    assert.equal(status?.exceptions, [{ id: CRITICAL, status: exception.status, ...row }]);
    assert.equal(
      [status?.summary?.critical, status?.summary?.suppressed, status?.summary?.high],
      [critical, suppressed, 2],
    );
    const compliant = findCondition(status?.conditions, 'Compliant')?.status;
    assert.is(compliant, critical === 0 ? 'True' : 'False');
    assert.equal(await scansMade(registry), made);
  });
}

test('an exception for an invalid image is Stalled with the cure', async () => {
  await scans.apply(excused, 'all', { exceptions: [{ id: CRITICAL, status: 'fixed', image: 'UPPER/*/case' }] });
  const { status } = await scans.condition(excused, 'all', 'Stalled', 'True', 'InvalidException');
  assert.match(
    findCondition(status?.conditions, 'Stalled')?.message ?? '',
    /^spec\.exceptions\[0\]\.image "UPPER\/\*\/case" /,
  );
  assert.is(status?.summary?.critical, 2);
});

test('an added or removed exception is neither a fix nor a new finding', async () => {
  await scans.apply(excused, 'all', {});
  await scans.settled(excused, 'all');
  await quiet(registry);
  const events = new Set((await scans.events(excused, 'all')).map((text) => text.split(':')[0]));
  assert.equal([...events], ['Compliant', 'ExceptionEnded', 'InvalidException', 'NewCriticalFinding', 'NotCompliant']);
  const told = (await scans.events(excused, 'all')).filter((text) => text.startsWith('NewCriticalFinding'));
  assert.equal(told, ['NewCriticalFinding: CVE-2099-0001 in libssl3']);
});

test('an Event announces the end of an exception seven days before, once, and then the finding is back', async () => {
  const expiresAt = days(8);
  const exceptions = [{ id: CRITICAL, status: 'not_affected', justification, expiresAt } as const];
  const made = await scansMade(registry);
  await scans.apply(ending, 'soon', { exceptions });
  await scans.condition(ending, 'soon', 'Compliant', 'True');
  assert.equal(await scans.toldEvents(ending, 'soon', 1), ['Compliant: no finding of severity Critical']);
  await quiet(registry);
  clock.advance(1.5 * DAY_MS);
  const notice = `ExceptionExpires: the exception for CVE-2099-0001 expires at ${expiresAt}; its findings count again from then on`;
  assert.equal(await scans.toldEvents(ending, 'soon', 2), ['Compliant: no finding of severity Critical', notice]);
  // So that the end of the exception, and not the age of the database, causes the next pass.
  clock.advance(6 * DAY_MS);
  await scans.condition(ending, 'soon', 'Fresh', 'False', 'DatabaseOld');
  await quiet(registry);
  clock.advanceTo(Date.parse(expiresAt) + 1_000);
  const { status } = await scans.condition(ending, 'soon', 'Compliant', 'False', 'BlockingFindings');
  assert.equal(status?.exceptions, [
    { id: CRITICAL, status: 'not_affected', justification, findings: 1, expiresAt, expired: true },
  ]);
  assert.equal(await scans.toldEvents(ending, 'soon', 5), [
    'Compliant: no finding of severity Critical',
    `ExceptionEnded: the exception for CVE-2099-0001 expired at ${expiresAt}; its findings count again`,
    notice,
    'NewCriticalFinding: CVE-2099-0001 in libssl3',
    'NotCompliant: there are findings of severity Critical',
  ]);
  await quiet(registry);
  assert.equal(await scansMade(registry), made, 'nothing of this needs a scan');
});

test.run();
