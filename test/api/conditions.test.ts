import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Condition, type ConditionDraft, findCondition, toConditions } from '../../src/api/conditions.ts';

const EARLIER = '2026-11-24T10:00:00Z';
const NOW = Date.parse('2026-11-24T12:34:56.789Z');
const LATER = '2026-11-24T12:34:56Z';

const ready = (
  status: ConditionDraft['status'],
  reason: string,
  lastTransitionTime: string,
  generation = 1,
): Condition => ({
  type: 'Ready',
  status,
  reason,
  message: `because ${reason}`,
  observedGeneration: generation,
  lastTransitionTime,
});
const found = (status: ConditionDraft['status'], reason: string): ConditionDraft => ({
  type: 'Ready',
  status,
  reason,
  message: `because ${reason}`,
});

const other: Condition = { ...ready('True', 'Other', EARLIER), type: 'Other' };

const rows: [what: string, before: Condition[] | undefined, drafts: ConditionDraft[], after: Condition[]][] = [
  ['nothing before', undefined, [found('True', 'A')], [ready('True', 'A', LATER, 2)]],
  ['nothing at all', undefined, [], []],
  [
    'nothing changes but the generation',
    [ready('True', 'A', EARLIER)],
    [found('True', 'A')],
    [ready('True', 'A', EARLIER, 2)],
  ],
  [
    'another reason is no transition',
    [ready('False', 'A', EARLIER)],
    [found('False', 'B')],
    [ready('False', 'B', EARLIER, 2)],
  ],
  ['to False', [ready('True', 'A', EARLIER)], [found('False', 'B')], [ready('False', 'B', LATER, 2)]],
  ['to True', [ready('False', 'A', EARLIER)], [found('True', 'B')], [ready('True', 'B', LATER, 2)]],
  ['to Unknown', [ready('True', 'A', EARLIER)], [found('Unknown', 'B')], [ready('Unknown', 'B', LATER, 2)]],
  [
    'a condition that is no longer found is removed',
    [ready('True', 'A', EARLIER), other],
    [found('True', 'A')],
    [ready('True', 'A', EARLIER, 2)],
  ],
  ['another type has its own time', [other], [found('True', 'A')], [ready('True', 'A', LATER, 2)]],
];

for (const [what, before, drafts, after] of rows) {
  test(what, () => {
    const kept = structuredClone(before);
    assert.equal(toConditions(before, drafts, 2, NOW), after);
    assert.equal(before, kept, 'what was there is left as it was');
  });
}

test('conditions are found by type', () => {
  assert.is(findCondition(undefined, 'Ready'), undefined);
  assert.is(findCondition([other], 'Ready'), undefined);
  assert.is(findCondition([ready('True', 'A', EARLIER), other], 'Other'), other);
});

test.run();
