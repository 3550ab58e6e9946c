import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  labelsFor,
  levelLabel,
  MODES,
  standardIn,
  versionLabel,
} from '../../../../src/policy/sections/podsecurity/labels.ts';
import type { Standard } from '../../../../src/policy/sections/podsecurity/level.ts';
import { labelsOf } from './world.ts';

test('the keys are those of Kubernetes', () => {
  assert.equal(
    MODES.flatMap((mode) => [levelLabel(mode), versionLabel(mode)]),
    [
      'pod-security.kubernetes.io/enforce',
      'pod-security.kubernetes.io/enforce-version',
      'pod-security.kubernetes.io/audit',
      'pod-security.kubernetes.io/audit-version',
      'pod-security.kubernetes.io/warn',
      'pod-security.kubernetes.io/warn-version',
    ],
  );
});

test('a mode and a standard are two labels', () => {
  assert.equal(labelsFor('warn', { level: 'baseline', version: 'v1.30' }), [
    ['pod-security.kubernetes.io/warn', 'baseline'],
    ['pod-security.kubernetes.io/warn-version', 'v1.30'],
  ]);
});

const rows: [what: string, labels: Parameters<typeof labelsOf>[0], enforced: Standard | undefined][] = [
  ['no label', {}, undefined],
  ['a level', { enforce: ['baseline', 'x'] }, { level: 'baseline', version: 'latest' }],
  [
    'a level and a version',
    { enforce: ['baseline', 'x'], 'enforce-version': ['v1.30', 'y'] },
    { level: 'baseline', version: 'v1.30' },
  ],
  ['a version alone', { 'enforce-version': ['v1.30', 'x'] }, undefined],
  ['a level that does not exist', { enforce: ['strict', 'x'] }, undefined],
  ['the label of another mode', { audit: ['baseline', 'x'] }, undefined],
];

for (const [what, labels, enforced] of rows) {
  test(`enforced by ${what}: ${enforced?.level ?? 'nothing'}`, () =>
    assert.equal(standardIn(labelsOf(labels), 'enforce'), enforced));
}

test.run();
