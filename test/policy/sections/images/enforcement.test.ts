import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ImagesSection, PolicySpec } from '../../../../src/api/policy.ts';
import type { KubeObject } from '../../../../src/kube/object.ts';
import { findDisallowed } from '../../../../src/policy/sections/images/disallowed.ts';
import { decideEnforcement } from '../../../../src/policy/sections/images/enforcement.ts';
import { report } from '../../../../src/policy/sections/images/report.ts';
import { policyOf } from '../../policy.ts';

const object = (kind: string, name: string): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'team-a', uid: name, resourceVersion: '1' },
});
const pod = (name: string, image: string, finished = false) => ({ ...object('Pod', name), images: [image], finished });
const workload = (kind: string, name: string, image: string) => ({ ...object(kind, name), images: [image] });

const RULES: ImagesSection = { allowed: ['r.io/team/*'] };
const RECORD = 'allowed=r.io/team/*';
const good = pod('good', 'r.io/team/api');
const bad = pod('bad', 'busybox');
const tool = pod('tool', 'r.io/tools/x');
const cron = workload('CronJob', 'cron', 'busybox');

type Objects = readonly (typeof bad | typeof cron)[];

const rows: [
  what: string,
  images: ImagesSection,
  recorded: string | undefined,
  objects: Objects,
  record: string | undefined,
  waitsFor: string[],
][] = [
  ['an empty namespace', RULES, undefined, [], RECORD, []],
  ['pods that it allows', RULES, undefined, [good], RECORD, []],
  ['a pod that it would refuse', RULES, undefined, [good, bad], undefined, ['bad: busybox']],
  ['a pod that has finished', RULES, undefined, [pod('done', 'busybox', true)], RECORD, []],
  ['a workload that no pod runs', RULES, undefined, [cron], undefined, ['CronJob cron: busybox']],
  ['a pod, and onViolation Enforce', { ...RULES, onViolation: 'Enforce' }, undefined, [bad, cron], RECORD, []],
  ['a pod that came after it was in force', RULES, RECORD, [bad, cron], RECORD, []],
  ['from Enforce to Wait: it stays in force', { ...RULES, onViolation: 'Wait' }, RECORD, [bad], RECORD, []],
  [
    'tightened rules that refuse a running pod: the earlier ones stay',
    RULES,
    'allowed=r.io/*',
    [tool],
    'allowed=r.io/*',
    ['tool: r.io/tools/x'],
  ],
  ['tightened rules, and what the earlier ones refuse already', RULES, 'allowed=r.io/*', [bad, cron], RECORD, []],
  ['loosened rules, and what both refuse', RULES, `${RECORD} requireDigest`, [bad], RECORD, []],
  [
    'tightened rules that refuse nothing',
    { ...RULES, requireRegistry: true },
    RECORD,
    [good],
    `${RECORD} requireRegistry`,
    [],
  ],
  ['a record that allows everything', RULES, '', [bad], '', ['bad: busybox']],
];

const inventoryOf = (objects: Objects) => ({
  pods: objects.flatMap((o) => ('finished' in o ? [o] : [])),
  workloads: objects.flatMap((o) => ('finished' in o ? [] : [o])),
});

for (const [what, images, recorded, objects, record, waitsFor] of rows) {
  test(`${what}: ${record ?? 'nothing'} is in force${waitsFor.length === 0 ? '' : `, it waits for ${waitsFor.join(', ')}`}`, () => {
    const decided = decideEnforcement({}, images, recorded, inventoryOf(objects));
    assert.is(decided.record, record);
    const { images: ofPods = [], workloadImages = [] } = decided.waitsFor ?? {};
    assert.equal([...ofPods, ...workloadImages], waitsFor);
    assert.is(decided.waitsFor === undefined, waitsFor.length === 0);
  });
}

test('in mode Audit nothing is in force, whatever was', () => {
  for (const recorded of [undefined, RECORD])
    assert.equal(decideEnforcement({ mode: 'Audit' }, RULES, recorded, inventoryOf([bad])), {
      found: findDisallowed(RULES, inventoryOf([bad])),
      record: undefined,
    });
});

const outcome = (spec: PolicySpec, recorded: string | undefined, ...objects: Objects) => {
  const images = spec.images!;
  const inventory = inventoryOf(objects);
  const { state, reason, message } = report(
    policyOf(spec),
    images,
    decideEnforcement(spec, images, recorded, inventory),
  );
  return [state, reason, message];
};

test('rules that wait name what is in the way, what happens meanwhile, and the cures', () => {
  const why = '1 existing pod has another: bad: busybox. 1 workload has another: CronJob cron: busybox';
  const until =
    'Palisade enforces the rules when no running pod and no workload has another image: change their images, or allow them';
  const now = 'To enforce now, set images.onViolation: Enforce';
  assert.equal(outcome({ images: RULES }, undefined, bad, cron), [
    'Waiting',
    'ViolatingImages',
    `namespace team-a does not admit only r.io/team/* yet. ${why}. ${until}. Until then the API server only warns, and refuses no image for this policy. ${now}`,
  ]);
  assert.equal(outcome({ images: RULES }, 'requireRegistry', tool), [
    'Waiting',
    'ViolatingImages',
    `namespace team-a does not admit only r.io/team/* yet. 1 existing pod has another: tool: r.io/tools/x. ${until}. ` +
      `Until then the earlier rules stay in force, which allow every repository, each with its registry. ${now}`,
  ]);
});

test('rules in force name pods and workloads that they refuse', () => {
  const images = { ...RULES, onViolation: 'Enforce' as const };
  assert.equal(outcome({ images }, undefined, cron), [
    'InForce',
    'DisallowedPods',
    'namespace team-a admits only r.io/team/*. 1 workload has another: CronJob cron: busybox. The next pods of workloads are refused: change their images, or allow them',
  ]);
  assert.equal(outcome({ images, mode: 'Audit' }, undefined, bad, cron), [
    'InForce',
    'DisallowedPods',
    'namespace team-a warns of images other than r.io/team/*. 1 existing pod has another: bad: busybox. 1 workload has another: CronJob cron: busybox. ' +
      'In mode Enforce they would continue to run, but could not be created again. In mode Enforce the next pods of workloads would be refused: change their images, or allow them',
  ]);
  assert.equal(outcome({ images: RULES }, undefined, good), [
    'InForce',
    'Enforced',
    'namespace team-a admits only r.io/team/*',
  ]);
});

test.run();
