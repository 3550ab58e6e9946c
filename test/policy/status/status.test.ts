import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Condition } from '../../../src/api/conditions.ts';
import { RECONCILE_ANNOTATION } from '../../../src/api/keys.ts';
import type { PolicyStatus } from '../../../src/api/policy.ts';
import type { SectionOutcome } from '../../../src/policy/status/outcome.ts';
import type { Reason } from '../../../src/policy/status/reasons.ts';
import { computeStatus, restingStatus, sameStatus } from '../../../src/policy/status/status.ts';
import { policyOf } from '../policy.ts';

const NOW = Date.parse('2026-11-24T12:00:00.500Z');
const TIME = '2026-11-24T12:00:00Z';
const EARLIER = '2026-11-24T10:00:00Z';

const outcome = (section: SectionOutcome['section'], state: SectionOutcome['state']): SectionOutcome => ({
  section,
  state,
  reason: `${section}${state}` as Reason,
  message: `${section} is ${state}`,
});

const condition = (
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
  lastTransitionTime = TIME,
): Condition => ({ type, status, reason, message, observedGeneration: 3, lastTransitionTime });

const policy = (status?: PolicyStatus, spec = {}, metadata = {}) =>
  policyOf(spec, { metadata: { generation: 3, ...metadata }, ...(status && { status }) });

const compute = (outcomes: SectionOutcome[], spec = {}) =>
  computeStatus(policy(undefined, spec), { outcomes, sections: {} }, NOW).conditions ?? [];

/** Ready, Reconciling and Stalled as `status reason`; the latter two only while true. */
const summary = (conditions: readonly Condition[]) => {
  const find = (type: string) => {
    const found = conditions.find((c) => c.type === type);
    return found && `${found.status} ${found.reason}`;
  };
  return [find('Ready'), find('Reconciling'), find('Stalled')];
};

type State = SectionOutcome['state'];

// Two sections, every combination of states. The order of the sections is no difference but for whose reason is first.
const combinations: [
  network: State,
  access: State,
  ready: string,
  reconciling?: string | undefined,
  stalled?: string,
][] = [
  ['InForce', 'InForce', 'True InForce'],
  ['InForce', 'Waiting', 'False AccessWaiting', 'True AccessWaiting'],
  ['InForce', 'Retrying', 'False AccessRetrying', 'True AccessRetrying'],
  ['InForce', 'Stalled', 'False AccessStalled', undefined, 'True AccessStalled'],
  ['Waiting', 'InForce', 'False NetworkWaiting', 'True NetworkWaiting'],
  ['Waiting', 'Waiting', 'False NetworkWaiting', 'True NetworkWaiting'],
  ['Waiting', 'Retrying', 'False AccessRetrying', 'True AccessRetrying'],
  ['Waiting', 'Stalled', 'False AccessStalled', undefined, 'True AccessStalled'],
  ['Retrying', 'InForce', 'False NetworkRetrying', 'True NetworkRetrying'],
  ['Retrying', 'Waiting', 'False NetworkRetrying', 'True NetworkRetrying'],
  ['Retrying', 'Retrying', 'False NetworkRetrying', 'True NetworkRetrying'],
  ['Retrying', 'Stalled', 'False AccessStalled', undefined, 'True AccessStalled'],
  ['Stalled', 'InForce', 'False NetworkStalled', undefined, 'True NetworkStalled'],
  ['Stalled', 'Waiting', 'False NetworkStalled', undefined, 'True NetworkStalled'],
  ['Stalled', 'Retrying', 'False NetworkStalled', undefined, 'True NetworkStalled'],
  ['Stalled', 'Stalled', 'False NetworkStalled', undefined, 'True NetworkStalled'],
];

for (const [network, access, ready, reconciling, stalled] of combinations) {
  for (const mode of ['Enforce', 'Audit'] as const) {
    test(`${mode}: network ${network}, access ${access}: ready ${ready}`, () => {
      const conditions = compute([outcome('Network', network), outcome('Access', access)], { mode });
      const expected = mode === 'Audit' && ready === 'True InForce' ? 'True Audit' : ready;
      assert.equal(summary(conditions), [expected, reconciling, stalled]);
      const sections = conditions.filter((c) => ['NetworkReady', 'AccessReady'].includes(c.type));
      assert.equal(
        sections.map((c) => [c.type, c.status, c.reason]),
        [
          ['NetworkReady', network === 'InForce' ? 'True' : 'False', `Network${network}`],
          ['AccessReady', access === 'InForce' ? 'True' : 'False', `Access${access}`],
        ],
      );
    });
  }
}

const messages: [what: string, outcomes: SectionOutcome[], spec: object, ready: string][] = [
  [
    'everything in force: all of it',
    [outcome('Network', 'InForce'), outcome('PodSecurity', 'InForce')],
    {},
    'Network: Network is InForce. PodSecurity: PodSecurity is InForce',
  ],
  [
    'what is not in force, the worst first',
    [
      outcome('Network', 'Waiting'),
      outcome('PodSecurity', 'InForce'),
      outcome('Access', 'Stalled'),
      outcome('Policy', 'Retrying'),
    ],
    {},
    'Access: Access is Stalled. Policy: Policy is Retrying. Network: Network is Waiting',
  ],
  ['nothing asked for', [], {}, 'spec has none of network, podSecurity, access, images and scan: nothing is in force'],
  ['Audit', [], { mode: 'Audit' }, 'nothing is in force; status.preview shows what mode Enforce would do'],
];

for (const [what, outcomes, spec, message] of messages) {
  test(`the message of Ready: ${what}`, () => assert.is(compute(outcomes, spec)[0]?.message, message));
}

test('every outcome has its reason for Ready in either mode', () => {
  assert.equal(summary(compute([])), ['True Empty', undefined, undefined]);
  assert.equal(summary(compute([], { mode: 'Audit' })), ['True Audit', undefined, undefined]);
});

test('a failure outside of the sections has no condition but Ready and its progress', () => {
  assert.equal(
    compute([outcome('Policy', 'Retrying')]).map((c) => c.type),
    ['Ready', 'Reconciling'],
  );
});

test('messages have at most the length of the schema', () => {
  const long: SectionOutcome = { ...outcome('Network', 'Stalled'), message: 'x'.repeat(40_000) };
  for (const { type, message } of compute([long])) assert.ok(message.length <= 32_768, `${type}: ${message.length}`);
});

const before: PolicyStatus = {
  observedGeneration: 2,
  conditions: [
    condition('Ready', 'False', 'NetworkWaiting', 'x', EARLIER),
    condition('NetworkReady', 'False', 'NetworkWaiting', 'x', EARLIER),
    condition('Reconciling', 'True', 'NetworkWaiting', 'x', EARLIER),
    condition('BackupReady', 'True', 'TheirReason', 'of somebody else', EARLIER),
  ],
};

const transitions: [what: string, state: State, times: Record<string, string>][] = [
  ['still waiting', 'Waiting', { Ready: EARLIER, NetworkReady: EARLIER, Reconciling: EARLIER }],
  ['failing for another reason', 'Retrying', { Ready: EARLIER, NetworkReady: EARLIER, Reconciling: EARLIER }],
  ['given up', 'Stalled', { Ready: EARLIER, NetworkReady: EARLIER, Stalled: TIME }],
  ['in force', 'InForce', { Ready: TIME, NetworkReady: TIME }],
];

for (const [what, state, times] of transitions) {
  test(`lastTransitionTime changes with a status only: ${what}`, () => {
    const { conditions = [] } = computeStatus(
      policy(before),
      { outcomes: [outcome('Network', state)], sections: {} },
      NOW,
    );
    assert.equal(Object.fromEntries(conditions.map((c) => [c.type, c.lastTransitionTime])), times);
    assert.ok(conditions.every((c) => c.observedGeneration === 3));
  });
}

test('a status has the generation and the outcome of the sections', () => {
  const sections = { network: { policies: 2 }, access: { roles: 1, bindings: 1 } };
  const status = computeStatus(policy(), { outcomes: [outcome('Network', 'InForce')], sections }, NOW);
  assert.equal(status, {
    observedGeneration: 3,
    conditions: [
      condition('Ready', 'True', 'InForce', 'Network: Network is InForce'),
      condition('NetworkReady', 'True', 'NetworkInForce', 'Network is InForce'),
    ],
    network: { policies: 2 },
    access: { roles: 1, bindings: 1 },
  });
});

test('a section that is no longer in force is reported as such', () => {
  const old = { ...before, network: { policies: 2 }, podSecurity: { requested: 'baseline:latest' } };
  const status = computeStatus(policy(old), { outcomes: [], sections: {} }, NOW);
  assert.equal(Object.keys(status), ['observedGeneration', 'conditions']);
});

const handled: [what: string, annotation: string | undefined, before: string | undefined, after: string | undefined][] =
  [
    ['never asked', undefined, undefined, undefined],
    ['asked', 'now', undefined, 'now'],
    ['asked again', 'now', 'earlier', 'now'],
    ['asked once, and the annotation is gone', undefined, 'earlier', 'earlier'],
    ['asked with a text of any length', `${'x'.repeat(126)}😀😀`, undefined, `${'x'.repeat(126)}😀😀`],
    ['asked with a longer text', `${'x'.repeat(126)}😀😀😀`, undefined, `${'x'.repeat(126)}😀…`],
    ['asked with a text of several lines', 'a\n\u202eb', undefined, 'a \ufffdb'],
  ];

for (const [what, annotation, earlier, after] of handled) {
  test(`a request to reconcile: ${what}`, () => {
    const asked = policy(
      { ...(earlier !== undefined && { lastHandledReconcileAt: earlier }) },
      {},
      annotation === undefined ? {} : { annotations: { [RECONCILE_ANNOTATION]: annotation } },
    );
    assert.is(computeStatus(asked, { outcomes: [], sections: {} }, NOW).lastHandledReconcileAt, after);
  });
}

test('a message that is cut, or has parts of others, is well-formed and one line', () => {
  for (const text of [`${'x'.repeat(32_766 - 'Images: '.length)}😀😀😀`, 'a\n\u001b[2J\u202eb\ud83d']) {
    const stalled = { section: 'Images', state: 'Stalled', reason: 'Invalid', message: text } as const;
    for (const { message } of computeStatus(policy(), { outcomes: [stalled], sections: {} }, NOW).conditions ?? []) {
      assert.ok(message.isWellFormed());
      assert.ok([...message].length <= 32_768);
      assert.not.match(message, /[\p{Cc}\p{Cf}]/u);
    }
  }
});

const SUSPENDED =
  'suspended: nothing is created, changed, repaired or withdrawn; counts and levels in the status are those before the suspension; set spec.suspend to false to resume';

test('suspended: the figures stay, and the conditions report the suspension', () => {
  const old: PolicyStatus = { ...before, network: { policies: 2 }, lastHandledReconcileAt: 'x' };
  assert.equal(restingStatus(policy(old, { suspend: true }), NOW), {
    observedGeneration: 3,
    lastHandledReconcileAt: 'x',
    network: { policies: 2 },
    conditions: [
      condition('Ready', 'Unknown', 'Suspended', SUSPENDED),
      condition('NetworkReady', 'Unknown', 'Suspended', SUSPENDED),
    ],
  });
});

test('a spec that this release does not know: nothing is changed, and the figures stay', () => {
  const old: PolicyStatus = { ...before, network: { policies: 2 } };
  const why =
    'this release of Palisade does not know spec.runtime, spec.mode: "Warn": run the release that the ' +
    'CustomResourceDefinition of ContainerSecurityPolicy is from, or remove it from the spec; until then nothing is changed';
  const status = restingStatus({ ...policy(old), unsupported: ['spec.runtime', 'spec.mode: "Warn"'] }, NOW);
  assert.equal(status, {
    observedGeneration: 3,
    network: { policies: 2 },
    conditions: [
      condition('Ready', 'False', 'UnsupportedSpec', why, EARLIER),
      condition('Stalled', 'True', 'UnsupportedSpec', why),
      condition('NetworkReady', 'Unknown', 'UnsupportedSpec', why),
    ],
  });
  const again = restingStatus(
    { ...policy(status), unsupported: ['spec.runtime', 'spec.mode: "Warn"'] },
    Date.parse('2027-01-01T00:00:00Z'),
  );
  assert.ok(sameStatus(status, again));
});

test('suspended: the preview of mode Audit stays, that of a proposal, which is gone, does not', () => {
  const old: PolicyStatus = { ...before, preview: { create: [] } };
  assert.equal(restingStatus(policy(old, { suspend: true, mode: 'Audit' }), NOW).preview, { create: [] });
  assert.is(restingStatus(policy(old, { suspend: true }), NOW).preview, undefined);
});

test('suspended before anything was done', () => {
  assert.equal(restingStatus(policy(undefined, { suspend: true }), NOW), {
    observedGeneration: 3,
    conditions: [condition('Ready', 'Unknown', 'Suspended', SUSPENDED)],
  });
});

test('suspended twice is the same status', () => {
  const once = restingStatus(policy(before, { suspend: true }), NOW);
  const twice = restingStatus(policy(once, { suspend: true }), Date.parse('2027-01-01T00:00:00Z'));
  assert.equal(twice, once);
  assert.ok(sameStatus(once, twice));
});

const [ready, network] = [condition('Ready', 'True', 'A', 'a'), condition('NetworkReady', 'True', 'B', 'b')];
const theirs = condition('BackupReady', 'True', 'C', 'c');

const pairs: [what: string, a: PolicyStatus | undefined, b: PolicyStatus, same: boolean][] = [
  ['nothing and nothing', undefined, {}, true],
  ['nothing and something', undefined, { conditions: [ready] }, false],
  ['the same', { conditions: [ready, network] }, { conditions: [ready, network] }, true],
  ['another order', { conditions: [network, ready] }, { conditions: [ready, network] }, true],
  ['a condition of another client', { conditions: [theirs, ready] }, { conditions: [ready] }, true],
  ['a condition less', { conditions: [ready, network] }, { conditions: [ready] }, false],
  ['another reason', { conditions: [ready] }, { conditions: [{ ...ready, reason: 'Z' }] }, false],
  ['another time', { conditions: [ready] }, { conditions: [{ ...ready, lastTransitionTime: EARLIER }] }, false],
  ['another generation', { observedGeneration: 1 }, { observedGeneration: 2 }, false],
  ['another section', { network: { policies: 1 } }, { network: { policies: 2 } }, false],
  ['a section less', { network: { policies: 1 } }, {}, false],
  ['a request handled', {}, { lastHandledReconcileAt: 'x' }, false],
];

for (const [what, a, b, same] of pairs) {
  test(`statuses: ${what}: ${same ? 'nothing to write' : 'to be written'}`, () => {
    assert.is(sameStatus(a, b), same);
    assert.is(sameStatus(b, a ?? {}), same);
  });
}

for (const type of ['Ready', 'NetworkReady', 'PodSecurityReady', 'AccessReady', 'Reconciling', 'Stalled']) {
  test(`condition ${type} counts`, () => {
    assert.not.ok(sameStatus({}, { conditions: [condition(type, 'True', 'A', 'a')] }));
  });
}

test('a status that is computed again is the same, whatever the time', () => {
  const results = { outcomes: [outcome('Network', 'Waiting'), outcome('Access', 'Stalled')], sections: {} };
  const once = computeStatus(policy(), results, NOW);
  const twice = computeStatus(policy(once), results, Date.parse('2027-01-01T00:00:00Z'));
  assert.equal(twice, once);
});

test.run();
