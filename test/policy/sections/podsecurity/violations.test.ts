import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseWarnings } from '../../../../src/kube/rest/warnings.ts';
import { isClean, parseViolations, type Violations } from '../../../../src/policy/sections/podsecurity/violations.ts';

const HEADLINE = 'existing pods in namespace "psa" violate the new PodSecurity enforce level "restricted:latest"';
const CUT = 'new PodSecurity enforce level only checked against the first 3000 of 3198 existing pods';
const EXEMPT =
  'namespace "psa" is exempt from Pod Security, and the policy (enforce=restricted:latest, audit=restricted:latest) will be ignored';
const UNLISTED = 'failed to list pods while checking new PodSecurity enforce level';
const MANY =
  'plain-1 (and 1 other pod): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile';

const rows: [what: string, warnings: string[], violations: Violations, clean: boolean][] = [
  ['no header', [], { pods: 0, groups: [] }, true],
  ['one pod', [HEADLINE, 'web: host namespaces'], { pods: 1, groups: ['web: host namespaces'] }, false],
  ['a pod and one more', [HEADLINE, MANY], { pods: 2, groups: [MANY] }, false],
  [
    'several groups',
    [HEADLINE, 'job-x7k2p (and 11 other pods): runAsNonRoot != true', 'a.b.c: hostPort', 'web-0: privileged'],
    {
      pods: 14,
      groups: ['job-x7k2p (and 11 other pods): runAsNonRoot != true', 'a.b.c: hostPort', 'web-0: privileged'],
    },
    false,
  ],
  ['a check that was cut and found nothing is not clean', [CUT], { pods: 0, groups: [], incomplete: CUT }, false],
  [
    'a check that was cut and found something',
    [CUT, HEADLINE, 'web: host namespaces'],
    { pods: 1, groups: ['web: host namespaces'], incomplete: CUT },
    false,
  ],
  ['a headline alone still says that something violates', [HEADLINE], { pods: 1, groups: [] }, false],
  [
    'a headline with groups that cannot be read',
    [HEADLINE, 'Something else entirely'],
    { pods: 1, groups: [], unknown: ['Something else entirely'] },
    false,
  ],
  [
    'what cannot be read is not clean, wherever it is',
    ['web: this is a webhook speaking', HEADLINE, 'web: host namespaces'],
    { pods: 1, groups: ['web: host namespaces'], unknown: ['web: this is a webhook speaking'] },
    false,
  ],
  ['what cannot be read alone', ['something new'], { pods: 0, groups: [], unknown: ['something new'] }, false],
  ['on one line', ['some\nthing\u202e new'], { pods: 0, groups: [], unknown: ['some thing\ufffd new'] }, false],
  [
    'an admission policy that warns is not Pod Security',
    ["Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': failed expression: false"],
    { pods: 0, groups: [] },
    true,
  ],
  ['an exempt namespace', [EXEMPT], { pods: 0, groups: [], exempt: EXEMPT }, false],
  ['pods that could not be listed', [UNLISTED], { pods: 0, groups: [], incomplete: UNLISTED }, false],
  [
    'a level with a version',
    [
      'existing pods in namespace "a-b" violate the new PodSecurity enforce level "baseline:v1.30"',
      'web: host namespaces',
    ],
    { pods: 1, groups: ['web: host namespaces'] },
    false,
  ],
];

for (const [what, warnings, violations, clean] of rows) {
  test(what, () => {
    assert.equal(parseViolations(warnings), violations);
    assert.is(isClean(parseViolations(warnings)), clean);
  });
}

test('a warning that an unchanged namespace has too is of another plug-in', () => {
  const others = ['a webhook speaks', 'web: another one'];
  assert.equal(parseViolations([others[0]!, HEADLINE, others[1]!, 'web: hostPort'], others), {
    pods: 1,
    groups: ['web: hostPort'],
  });
  assert.is(isClean(parseViolations(others, others)), true);
  assert.equal(parseViolations(['new', ...others], others).unknown, ['new']);
});

test('warnings of the API server: escaped, and joined by fetch', () => {
  const header = [
    String.raw`299 - "existing pods in namespace \"psa\" violate the new PodSecurity enforce level \"restricted:latest\""`,
    `299 - "${MANY}"`,
    '299 - "web: host namespaces, hostPort"',
  ].join(', ');
  assert.equal(parseViolations(parseWarnings(header)), { pods: 3, groups: [MANY, 'web: host namespaces, hostPort'] });
});

test.run();
