import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Condition } from '../../src/api/conditions.ts';
import type { PolicyStatus } from '../../src/api/policy.ts';
import type { CachedChild } from '../../src/policy/children/cached-child.ts';
import type { Change } from '../../src/policy/children/writer.ts';
import { EVENT_REASONS, type EventReason } from '../../src/policy/event-reasons.ts';
import {
  computeEvents,
  driftOf,
  isNewlyRefusedEscalation,
  type PolicyEvent,
  readyChange,
  toLogMessage,
  warned,
  withdrawn,
} from '../../src/policy/events.ts';
import type { SectionOutcome } from '../../src/policy/status/outcome.ts';
import { toWarnings } from '../../src/policy/status/warnings.ts';
import type { Finding } from '../../src/reach/findings/finding.ts';
import { FINDING_REASONS, type FindingReason } from '../../src/reach/findings/reasons.ts';
import { policyOf } from './policy.ts';

const object = (kind: string, name: string): CachedChild => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'team-a', uid: name, resourceVersion: '1' },
  foreignManagers: [],
  generated: true,
});

const netpol = object('NetworkPolicy', 'n');
const role = object('Role', 'r');
const binding = object('RoleBinding', 'b');
const scan = object('ImageScan', 's');

const change = (action: Change['action'], what: CachedChild, ...by: string[]): Change => ({ action, object: what, by });

const condition = (type: string, status: Condition['status'], reason = 'R', observedGeneration = 1): Condition => ({
  type,
  status,
  reason,
  message: `${type} because ${reason}`,
  observedGeneration,
  lastTransitionTime: '2026-11-24T12:00:00Z',
});

const with_ = (...conditions: Condition[]): PolicyStatus => ({ conditions });
const BOTH = with_(condition('NetworkReady', 'True'), condition('AccessReady', 'True'));

const drifts: [what: string, status: PolicyStatus | undefined, changes: Change[], drift: [string, string[]][]][] = [
  ['nothing', BOTH, [], []],
  ['made for the first time', undefined, [change('Created', netpol)], []],
  ['made again, and it was in force', BOTH, [change('Created', netpol)], [['n', ['unknown']]]],
  [
    'made again in a section that was not in force',
    with_(condition('NetworkReady', 'False')),
    [change('Created', netpol)],
    [],
  ],
  ['made for a new spec', with_(condition('NetworkReady', 'True', 'R', 0)), [change('Created', netpol)], []],
  [
    'the section of the object counts',
    with_(condition('NetworkReady', 'False'), condition('AccessReady', 'True'), condition('ScanReady', 'False')),
    [change('Created', netpol), change('Created', role), change('Created', binding), change('Created', scan)],
    [
      ['r', ['unknown']],
      ['b', ['unknown']],
    ],
  ],
  [
    'an ImageScan made again',
    with_(condition('AccessReady', 'False'), condition('ScanReady', 'True')),
    [change('Created', scan)],
    [['s', ['unknown']]],
  ],
  ['changed by us', BOTH, [change('Updated', netpol)], []],
  ['changed by another client', BOTH, [change('Updated', netpol, 'kubectl-edit')], [['n', ['kubectl-edit']]]],
  [
    'changed by another client while it was not in force',
    undefined,
    [change('Updated', role, 'a', 'b')],
    [['r', ['a', 'b']]],
  ],
  ['deleted by us', BOTH, [change('Deleted', netpol)], []],
];

for (const [what, status, changes, drift] of drifts) {
  test(`drift: ${what}`, () =>
    assert.equal(
      driftOf(policyOf({}, status && { status }), changes).map((d) => [d.object.metadata.name, d.by]),
      drift,
    ));
}

const refused = (generation: number) => with_(condition('AccessReady', 'False', 'EscalationRefused', generation));

const escalations: [what: string, before: PolicyStatus | undefined, after: PolicyStatus, counts: boolean][] = [
  ['the first time', undefined, refused(1), true],
  ['again, of the same spec', refused(1), refused(1), false],
  ['again, of another spec', refused(1), refused(2), true],
  ['after something else', with_(condition('AccessReady', 'False', 'Network')), refused(1), true],
  ['not any more', refused(1), BOTH, false],
  ['of another section', undefined, with_(condition('NetworkReady', 'False', 'EscalationRefused')), false],
];

for (const [what, before, after, counts] of escalations) {
  test(`a refused escalation ${what} ${counts ? 'counts' : 'does not count'}`, () =>
    assert.is(isNewlyRefusedEscalation(policyOf({}, before && { status: before }), after), counts));
}

const ready = (status: Condition['status'], reason: string, message = 'm') =>
  with_({ ...condition('Ready', status, reason), message });

const changesOfReady: [what: string, before: PolicyStatus | undefined, after: PolicyStatus, reason?: string][] = [
  ['the first', undefined, ready('True', 'InForce'), 'InForce'],
  ['another status', ready('False', 'Audit'), ready('True', 'Audit'), 'Audit'],
  ['another reason', ready('False', 'Network'), ready('False', 'Invalid'), 'Invalid'],
  ['another message', ready('False', 'Network'), ready('False', 'Network', 'other')],
];

for (const [what, before, after, reason] of changesOfReady) {
  test(`${what} of Ready is ${reason === undefined ? 'no change' : 'a change'}`, () =>
    assert.is(readyChange(policyOf({}, before && { status: before }), after)?.reason, reason));
}

const normal = (reason: EventReason, note: string): PolicyEvent => ({
  type: 'Normal',
  reason,
  action: 'Reconcile',
  note,
});
const warning = (reason: EventReason, note: string): PolicyEvent => ({
  type: 'Warning',
  reason,
  action: 'Reconcile',
  note,
});
const repaired = (related: CachedChild, note: string): PolicyEvent => ({
  type: 'Warning',
  reason: 'DriftRepaired',
  action: 'Repair',
  related,
  note,
});

const outcome = (
  section: SectionOutcome['section'],
  reason: SectionOutcome['reason'],
  state: SectionOutcome['state'] = 'Stalled',
): SectionOutcome => ({ section, state, reason, message: `${section} because ${reason}` });

interface Row {
  what: string;
  before?: PolicyStatus;
  changes?: Change[];
  labels?: string[];
  outcomes?: SectionOutcome[];
  events: PolicyEvent[];
}

const rows: Row[] = [
  { what: 'nothing', events: [] },
  {
    what: 'what was done, by kind of doing',
    changes: [
      change('Deleted', object('Role', 'old')),
      change('Created', netpol),
      change('Updated', role),
      change('Created', binding),
    ],
    events: [
      normal('Created', 'NetworkPolicy n, RoleBinding b'),
      normal('Updated', 'Role r'),
      normal('Deleted', 'Role old'),
    ],
  },
  {
    what: 'labels',
    labels: ['pod-security.kubernetes.io/enforce: (none) → baseline', 'x: y → (released)'],
    events: [normal('Labeled', 'pod-security.kubernetes.io/enforce: (none) → baseline, x: y → (released)')],
  },
  {
    what: 'labels that another client removed, of sections that were in force',
    before: with_(condition('PodSecurityReady', 'False'), condition('ImagesReady', 'True')),
    labels: [
      'pod-security.kubernetes.io/enforce: (none) → baseline',
      'security.palisade.dev/trusted-images: (none) → true',
    ],
    events: [
      normal('Labeled', 'pod-security.kubernetes.io/enforce: (none) → baseline'),
      {
        type: 'Warning',
        reason: 'DriftRepaired',
        action: 'Repair',
        note: 'another client removed labels of namespace team-a: restored security.palisade.dev/trusted-images: (none) → true',
      },
    ],
  },
  {
    what: 'labels that change otherwise, though all is in force',
    before: with_(condition('PodSecurityReady', 'True'), condition('ImagesReady', 'True', 'R', 0)),
    labels: [
      'pod-security.kubernetes.io/enforce: baseline → restricted',
      'security.palisade.dev/trusted-images: (none) → true',
    ],
    events: [
      normal(
        'Labeled',
        'pod-security.kubernetes.io/enforce: baseline → restricted, security.palisade.dev/trusted-images: (none) → true',
      ),
    ],
  },
  {
    what: 'a repair is one Event that names the client, without an Event about an update',
    before: BOTH,
    changes: [change('Updated', netpol, 'kubectl-edit', 'helm'), change('Updated', role)],
    events: [
      normal('Updated', 'Role r'),
      repaired(netpol, 'NetworkPolicy n was changed by field manager kubectl-edit, helm: restored'),
    ],
  },
  {
    what: 'a deleted object: the client is not known',
    before: BOTH,
    changes: [change('Created', netpol)],
    events: [repaired(netpol, 'NetworkPolicy n was deleted by another client: restored')],
  },
  {
    what: 'an object without one of its fields: the client is not known',
    before: BOTH,
    changes: [change('Updated', role, 'unknown')],
    events: [repaired(role, 'Role r was changed by another client: restored')],
  },
  {
    what: 'a section that is refused',
    outcomes: [outcome('Policy', 'Invalid'), outcome('Access', 'EscalationRefused')],
    events: [warning('EscalationRefused', 'Access because EscalationRefused')],
  },
  {
    what: 'refused as before',
    before: with_(condition('AccessReady', 'False', 'Invalid')),
    outcomes: [outcome('Access', 'Invalid')],
    events: [],
  },
  {
    what: 'refused for another reason',
    before: with_(condition('AccessReady', 'False', 'Invalid')),
    outcomes: [outcome('Access', 'Network', 'Retrying')],
    events: [warning('Network', 'Access because Network')],
  },
  {
    what: 'good again, and what is no section',
    before: with_(condition('AccessReady', 'False', 'Invalid')),
    outcomes: [outcome('Access', 'Applied', 'InForce'), outcome('Policy', 'Conflict', 'Retrying')],
    events: [],
  },
  {
    what: 'everything at once: what was done, what was repaired, what was refused',
    before: BOTH,
    changes: [change('Updated', netpol, 'helm'), change('Deleted', role)],
    labels: ['x'],
    outcomes: [outcome('PodSecurity', 'LabelConflict')],
    events: [
      normal('Deleted', 'Role r'),
      normal('Labeled', 'x'),
      repaired(netpol, 'NetworkPolicy n was changed by field manager helm: restored'),
      warning('LabelConflict', 'PodSecurity because LabelConflict'),
    ],
  },
];

for (const { what, before, changes = [], labels = [], outcomes = [], events } of rows) {
  test(`told: ${what}`, () =>
    assert.equal(computeEvents(policyOf({}, before && { status: before }), { changes, labels, outcomes }), events));
}

test('a deletion names the objects and labels that it removed', () => {
  assert.equal(
    withdrawn({ changes: [change('Deleted', netpol), change('Deleted', role)], labels: ['x: y → (released)'] }),
    {
      type: 'Normal',
      reason: 'Withdrawn',
      action: 'Withdraw',
      note: 'NetworkPolicy n, Role r, x: y → (released)',
    },
  );
});

test('a deletion that removed nothing has no Event', () => {
  assert.is(withdrawn({ changes: [], labels: [] }), undefined);
});

for (const [reason, note, message] of [
  ['Created', 'NetworkPolicy n', 'created NetworkPolicy n'],
  ['Updated', 'Role r', 'updated Role r'],
  ['Deleted', 'Role r', 'deleted Role r'],
  ['Labeled', 'x: y → z', 'changed labels: x: y → z'],
  ['Withdrawn', 'Role r', 'withdrew Role r'],
  ['DriftRepaired', 'Role r was deleted by another client: restored', 'Role r was deleted by another client: restored'],
] as const) {
  test(`in the log, ${reason} has a verb`, () => assert.is(toLogMessage({ reason, note }), message));
}

for (const reason of Object.keys(FINDING_REASONS) as FindingReason[]) {
  test(`a new warning ${reason} has an Event with its rule, and one that the status has has none`, () => {
    const findings: Finding[] = [
      { reason, rule: 'egress[0] "x"', message: 'cause: cure' },
      { reason, message: 'in general' },
    ];
    const status = { network: toWarnings(findings) };
    assert.equal(warned(policyOf({}), status), [
      { type: 'Warning', reason, action: 'Check', note: 'egress[0] "x": cause: cure' },
      { type: 'Warning', reason, action: 'Check', note: 'in general' },
    ]);
    assert.equal(warned(policyOf({}, { status }), { preview: toWarnings(findings) }), []);
  });
}

test('these tests cover every reason of the table', () => {
  const shown = new Set<string>([
    ...rows.flatMap(({ events }) => events.map(({ reason }) => reason)),
    ...Object.keys(FINDING_REASONS),
  ]);
  assert.equal(
    Object.keys(EVENT_REASONS).filter((reason) => reason !== 'Withdrawn' && !shown.has(reason)),
    [],
  );
});

test.run();
