import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { labelChanges } from '../../../../src/policy/namespace-labels.ts';
import { type Claim, decideLabels, ownedLabels } from '../../../../src/policy/sections/podsecurity/decide.ts';
import type { Problem } from '../../../../src/policy/sections/podsecurity/problem.ts';
import { report, shown } from '../../../../src/policy/sections/podsecurity/report.ts';
import type { Violations } from '../../../../src/policy/sections/podsecurity/violations.ts';
import { applyLabels, labelsOf, OURS, wantedOf } from './world.ts';

const KUSTOMIZE = 'kustomize-controller';

type Labels = Parameters<typeof labelsOf>[0];
type Report = ReturnType<typeof report>;

const claim = (policy: string, level: Claim['level'], version = 'latest'): Claim => ({
  policy,
  level,
  version,
  onViolation: 'Wait',
});

/** The report for policy `own` after the step decided and applied. */
const told = (
  own: string,
  claims: readonly Claim[],
  live: Labels,
  {
    accepted,
    violations = {},
    problem,
    kept = [],
  }: {
    accepted?: string;
    violations?: Record<string, Violations>;
    problem?: Problem;
    kept?: readonly Claim[];
  } = {},
): Report => {
  const chosen = claims.find((c) => c.policy === accepted);
  const decision = decideLabels(claims, labelsOf(live), chosen, kept.length > 0);
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'team-a', uid: 'u', resourceVersion: '1' },
    labels: applyLabels(labelsOf(live), decision.labels),
    records: new Map(),
  };
  return report(claims.find((c) => c.policy === own)!, claims, namespace, decision, {
    ...(chosen && { accepted: chosen }),
    violations: new Map(Object.entries(violations)),
    problem,
    held: kept,
  });
};

const DIRTY: Violations = { pods: 3, groups: ['web-1 (and 1 other pod): runAsNonRoot != true', 'job: hostPort'] };
const CUT = 'new PodSecurity enforce level only checked against the first 3000 of 3198 existing pods';
const CURE =
  'The namespace audits and warns now. Palisade sets enforce when no pod violates the level. Delete finished pods, because they count. To enforce now, set onViolation: Enforce';
const held = (
  manager: string,
  label: string,
  value: string,
  wanted = 'restricted',
  request = 'strict requests restricted:latest',
): string =>
  `field manager ${manager} holds label pod-security.kubernetes.io/${label}=${value} of namespace team-a, policy ${request}, and palisade-pod-security does not overwrite the label: ` +
  `have its owner set it to ${wanted} or release it (kubectl label namespace team-a pod-security.kubernetes.io/${label}-)`;

const weak = claim('weak', 'baseline');
const strict = claim('strict', 'restricted');

const rows: [what: string, told: Report, status: Report['status'], outcome: Omit<Report['outcome'], 'section'>][] = [
  [
    'enforced as asked',
    told('weak', [weak], {}, { accepted: 'weak' }),
    { requested: 'baseline:latest', enforced: 'baseline', decidedBy: 'weak' },
    { state: 'InForce', reason: 'Enforced', message: 'namespace team-a enforces baseline:latest' },
  ],
  [
    'another policy asks for more, and gets it',
    told('weak', [weak, strict], {}, { accepted: 'strict' }),
    { requested: 'baseline:latest', enforced: 'restricted', decidedBy: 'strict' },
    {
      state: 'InForce',
      reason: 'StricterElsewhere',
      message: 'namespace team-a enforces restricted:latest, because policy strict requests it',
    },
  ],
  [
    'another policy asks for more, and waits',
    told('weak', [weak, strict], {}, { accepted: 'weak', violations: { 'restricted:latest': DIRTY } }),
    { requested: 'baseline:latest', enforced: 'baseline', decidedBy: 'weak' },
    { state: 'InForce', reason: 'Enforced', message: 'namespace team-a enforces baseline:latest' },
  ],
  [
    'it waits, and something weaker is enforced',
    told('strict', [weak, strict], {}, { accepted: 'weak', violations: { 'restricted:latest': DIRTY } }),
    {
      requested: 'restricted:latest',
      enforced: 'baseline',
      decidedBy: 'weak',
      violatingPods: 3,
      violations: DIRTY.groups as string[],
    },
    {
      state: 'Waiting',
      reason: 'ViolatingPods',
      message:
        'namespace team-a does not enforce restricted:latest yet: 3 existing pods violate it: ' +
        `web-1 (and 1 other pod): runAsNonRoot != true; job: hostPort. ${CURE}`,
    },
  ],
  [
    'it waits, and nothing is enforced',
    told('weak', [weak], {}, { violations: { 'baseline:latest': { pods: 1, groups: ['web: hostPort'] } } }),
    { requested: 'baseline:latest', decidedBy: 'weak', violatingPods: 1, violations: ['web: hostPort'] },
    {
      state: 'Waiting',
      reason: 'ViolatingPods',
      message: `namespace team-a does not enforce baseline:latest yet: 1 existing pod violates it: web: hostPort. ${CURE}`,
    },
  ],
  [
    'the check was cut and found nothing',
    told('weak', [weak], {}, { violations: { 'baseline:latest': { pods: 0, groups: [], incomplete: CUT } } }),
    { requested: 'baseline:latest', decidedBy: 'weak' },
    {
      state: 'Waiting',
      reason: 'CheckIncomplete',
      message: `namespace team-a does not enforce baseline:latest yet: ${CUT}. ${CURE}`,
    },
  ],
  [
    'the check was cut and found something',
    told('weak', [weak], {}, { violations: { 'baseline:latest': { pods: 1, groups: ['a: b'], incomplete: CUT } } }),
    { requested: 'baseline:latest', decidedBy: 'weak', violatingPods: 1, violations: ['a: b'] },
    {
      state: 'Waiting',
      reason: 'ViolatingPods',
      message: `namespace team-a does not enforce baseline:latest yet: ${CUT}. 1 existing pod violates it: a: b. ${CURE}`,
    },
  ],
  [
    'the labels have no effect',
    told('weak', [weak], {}, { accepted: 'weak', problem: { reason: 'Exempt', message: 'exempt' } }),
    { requested: 'baseline:latest' },
    { state: 'Stalled', reason: 'Exempt', message: 'exempt' },
  ],
  [
    'the labels would have no effect, so nothing is enforced yet',
    told(
      'weak',
      [weak],
      {},
      { violations: { 'baseline:latest': { pods: 0, groups: [], exempt: 'namespace "team-a" is exempt' } } },
    ),
    { requested: 'baseline:latest' },
    {
      state: 'Stalled',
      reason: 'Exempt',
      message:
        'the API server ignores baseline:latest for namespace team-a, because it exempts the namespace from Pod Security. Remove the namespace from ' +
        "exemptions.namespaces in the API server's PodSecurityConfiguration, or remove podSecurity from the policy",
    },
  ],
  [
    'the check returned what Palisade does not know',
    told('weak', [weak], {}, { violations: { 'baseline:latest': { pods: 0, groups: [], unknown: ['new', 'newer'] } } }),
    { requested: 'baseline:latest', decidedBy: 'weak' },
    {
      state: 'Stalled',
      reason: 'NotVerified',
      message:
        'cannot tell whether namespace team-a enforces baseline:latest: a dry run of the label returns a warning that Palisade does not know: ' +
        "new; newer. If an admission webhook writes it, exempt the operator's account from the webhook; otherwise run a release of " +
        'Palisade that knows the warnings of this API server',
    },
  ],
  [
    'another policy has in force what cannot be compared',
    told(
      'pinned',
      [weak, claim('pinned', 'restricted', 'v1.0')],
      { enforce: ['baseline', OURS], 'enforce-version': ['latest', OURS] },
      { accepted: 'weak' },
    ),
    { requested: 'restricted:v1.0', enforced: 'baseline', decidedBy: 'weak' },
    {
      state: 'Stalled',
      reason: 'NotComparable',
      message:
        'namespace team-a keeps baseline:latest, because policy weak requests baseline:latest. This policy requests restricted:v1.0, which is neither stricter nor ' +
        'weaker, because its version differs. Set podSecurity.version of both policies to the same value; without it, the version is latest',
    },
  ],
  [
    'a suspended policy keeps in force what cannot be compared',
    told(
      'pinned',
      [claim('pinned', 'restricted', 'v1.0')],
      { enforce: ['baseline', OURS], 'enforce-version': ['latest', OURS] },
      { accepted: 'pinned', kept: [weak] },
    ),
    { requested: 'restricted:v1.0', enforced: 'baseline', decidedBy: 'weak' },
    {
      state: 'Stalled',
      reason: 'NotComparable',
      message:
        'namespace team-a keeps baseline:latest, because policy weak requests baseline:latest. This policy requests restricted:v1.0, which is neither stricter nor ' +
        'weaker, because its version differs. Set podSecurity.version of both policies to the same value; without it, the version is latest',
    },
  ],
  [
    'a suspended policy keeps a stricter level',
    told(
      'weak',
      [weak],
      { enforce: ['restricted', OURS], 'enforce-version': ['latest', OURS] },
      {
        accepted: 'weak',
        kept: [strict],
      },
    ),
    { requested: 'baseline:latest', enforced: 'restricted', decidedBy: 'strict' },
    {
      state: 'InForce',
      reason: 'StricterElsewhere',
      message: 'namespace team-a enforces restricted:latest, because policy strict requests it',
    },
  ],
  [
    'a suspended policy with a weaker level decides nothing',
    told(
      'strict',
      [strict],
      { enforce: ['restricted', OURS], 'enforce-version': ['latest', OURS] },
      {
        accepted: 'strict',
        kept: [claim('a', 'restricted'), weak],
      },
    ),
    { requested: 'restricted:latest', enforced: 'restricted', decidedBy: 'strict' },
    { state: 'InForce', reason: 'Enforced', message: 'namespace team-a enforces restricted:latest' },
  ],
  [
    'another client enforces a weaker level',
    told('strict', [strict], { enforce: ['baseline', KUSTOMIZE] }, { accepted: 'strict' }),
    { requested: 'restricted:latest', enforced: 'baseline', decidedBy: `field manager ${KUSTOMIZE}` },
    { state: 'Stalled', reason: 'LabelConflict', message: held(KUSTOMIZE, 'enforce', 'baseline') },
  ],
  [
    'another client enforces a weaker level, from before managed fields',
    told('strict', [strict], { enforce: ['baseline'] }, { accepted: 'strict' }),
    { requested: 'restricted:latest', enforced: 'baseline', decidedBy: 'field manager before-first-apply' },
    { state: 'Stalled', reason: 'LabelConflict', message: held('before-first-apply', 'enforce', 'baseline') },
  ],
  [
    'another client enforces a stricter level',
    told('weak', [weak], { enforce: ['restricted', KUSTOMIZE] }, { accepted: 'weak' }),
    { requested: 'baseline:latest', enforced: 'restricted', decidedBy: `field manager ${KUSTOMIZE}` },
    {
      state: 'InForce',
      reason: 'StricterElsewhere',
      message: `namespace team-a enforces restricted:latest, because field manager ${KUSTOMIZE} set the label`,
    },
  ],
  [
    'another client enforces the same: shared',
    told('weak', [weak], { enforce: ['baseline', KUSTOMIZE] }, { accepted: 'weak' }),
    { requested: 'baseline:latest', enforced: 'baseline', decidedBy: 'weak' },
    { state: 'InForce', reason: 'Enforced', message: 'namespace team-a enforces baseline:latest' },
  ],
  [
    'enforced, but another client audits a weaker level',
    told('weak', [weak], { audit: ['privileged', KUSTOMIZE] }, { accepted: 'weak' }),
    { requested: 'baseline:latest', enforced: 'baseline', decidedBy: 'weak' },
    {
      state: 'Stalled',
      reason: 'LabelConflict',
      message: held(KUSTOMIZE, 'audit', 'privileged', 'baseline', 'weak requests baseline:latest'),
    },
  ],
  [
    'two conflicts',
    told(
      'strict',
      [strict],
      { audit: ['baseline', KUSTOMIZE], warn: ['baseline', 'kubectl-label'] },
      { accepted: 'strict' },
    ),
    { requested: 'restricted:latest', enforced: 'restricted', decidedBy: 'strict' },
    {
      state: 'Stalled',
      reason: 'LabelConflict',
      message: `${held(KUSTOMIZE, 'audit', 'baseline')}. ${held('kubectl-label', 'warn', 'baseline')}`,
    },
  ],
  [
    'a conflict about what another policy asks for is not its concern',
    told('weak', [weak, strict], { audit: ['baseline', KUSTOMIZE] }, { accepted: 'weak' }),
    { requested: 'baseline:latest', enforced: 'baseline', decidedBy: 'weak' },
    { state: 'InForce', reason: 'Enforced', message: 'namespace team-a enforces baseline:latest' },
  ],
  [
    'another client changed the version beside our level',
    told(
      'strict',
      [strict],
      { enforce: ['restricted', OURS], 'enforce-version': ['v1.30', 'kubectl-label'] },
      { accepted: 'strict' },
    ),
    { requested: 'restricted:latest', enforced: 'restricted', decidedBy: 'strict' },
    { state: 'Stalled', reason: 'LabelConflict', message: held('kubectl-label', 'enforce-version', 'v1.30', 'latest') },
  ],
  [
    'of two policies that ask for the same, one decides and both are served',
    told('b', [claim('b', 'baseline'), claim('a', 'baseline')], {}, { accepted: 'a' }),
    { requested: 'baseline:latest', enforced: 'baseline', decidedBy: 'a' },
    {
      state: 'InForce',
      reason: 'Enforced',
      message: 'namespace team-a enforces baseline:latest, because policy a requests it',
    },
  ],
];

for (const [what, { status, outcome }, expectedStatus, expectedOutcome] of rows) {
  test(what, () => {
    assert.equal(outcome, { section: 'PodSecurity', ...expectedOutcome });
    assert.equal(status, expectedStatus);
  });
}

test('the report is no longer than the schema allows', () => {
  const groups = Array.from({ length: 12 }, (_, i) => `${i}: ${'x'.repeat(2000)}`);
  const list = shown({ pods: 12, groups });
  assert.is(list.length, 10);
  assert.ok(list.every((text) => text.length === 1024));
  assert.is(list[9]?.slice(0, 4), '9: x');
});

const changes: [what: string, before: Labels, wanted: Record<string, string>, changes: string[]][] = [
  ['nothing', {}, {}, []],
  ['set', {}, { enforce: 'baseline' }, ['pod-security.kubernetes.io/enforce: (none) → baseline']],
  [
    'changed',
    { enforce: ['baseline', OURS] },
    { enforce: 'restricted' },
    ['pod-security.kubernetes.io/enforce: baseline → restricted'],
  ],
  ['the same', { enforce: ['baseline', OURS] }, { enforce: 'baseline' }, []],
  ['the same, and now shared', { enforce: ['baseline', KUSTOMIZE] }, { enforce: 'baseline' }, []],
  [
    'released',
    { enforce: ['baseline', OURS], 'enforce-version': ['latest', OURS, KUSTOMIZE] },
    {},
    [
      'pod-security.kubernetes.io/enforce: baseline → (released)',
      'pod-security.kubernetes.io/enforce-version: latest → (released)',
    ],
  ],
  ['what others hold is not released', { enforce: ['baseline', KUSTOMIZE], warn: ['baseline'] }, {}, []],
];

for (const [what, before, wanted, expected] of changes) {
  test(`changes of labels: ${what}`, () => {
    const labels = labelsOf(before);
    assert.equal(labelChanges(labels, { owned: ownedLabels(labels), wanted: wantedOf(wanted) }), expected);
  });
}

test.run();
