import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  byStrictness,
  type Claim,
  candidates,
  decideLabels,
  ownedLabels,
} from '../../../../src/policy/sections/podsecurity/decide.ts';
import { labelsOf, OURS, wantedOf } from './world.ts';

const KUSTOMIZE = 'kustomize-controller';

type Labels = Parameters<typeof labelsOf>[0];

/** `restricted`, `restricted:v1.30`, `restricted!` (onViolation: Enforce) of a policy. */
const claim = (policy: string, text: string): Claim => {
  const [level, version = 'latest'] = text.replace('!', '').split(':');
  return {
    policy,
    level: level as Claim['level'],
    version,
    onViolation: text.endsWith('!') ? 'Enforce' : 'Wait',
  };
};

const mode = (name: string, text: string): Record<string, string> => {
  const [level = '', version = 'latest'] = text.split(':');
  return { [name]: level, [`${name}-version`]: version };
};
const audited = (text: string) => ({ ...mode('audit', text), ...mode('warn', text) });
const all = (text: string) => ({ ...mode('enforce', text), ...audited(text) });
const heldBy = (labels: Record<string, string>, ...managers: string[]): Labels =>
  Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, [value, ...managers] as const]));
const ours = (labels: Record<string, string>): Labels => heldBy(labels, OURS);

const order: [what: string, claims: [string, string][], names: string[]][] = [
  [
    'the strictest first',
    [
      ['a', 'baseline'],
      ['b', 'restricted'],
      ['c', 'privileged'],
    ],
    ['b', 'a', 'c'],
  ],
  [
    'a later version is stricter',
    [
      ['a', 'baseline:v1.9'],
      ['b', 'baseline:v1.10'],
      ['c', 'baseline'],
    ],
    ['c', 'b', 'a'],
  ],
  [
    'of equal ones the name decides',
    [
      ['c', 'baseline'],
      ['a', 'baseline!'],
      ['b', 'baseline'],
    ],
    ['a', 'b', 'c'],
  ],
  [
    'privileged is the same in every version',
    [
      ['b', 'privileged'],
      ['a', 'privileged:v1.20'],
    ],
    ['a', 'b'],
  ],
];

for (const [what, claims, names] of order) {
  test(`order: ${what}`, () => {
    const given = claims.map(([policy, text]) => claim(policy, text));
    for (const list of [given, given.toReversed()]) {
      assert.equal(
        byStrictness(list).map((c) => c.policy),
        names,
      );
    }
  });
}

const ladders: [what: string, claims: [string, string][], live: Labels, steps: [policy: string, ask: boolean][]][] = [
  ['no claims', [], {}, []],
  ['waiting, and nothing is enforced: ask', [['a', 'baseline']], {}, [['a', true]]],
  ['enforce at once: no question', [['a', 'baseline!']], {}, [['a', false]]],
  ['privileged breaks nothing', [['a', 'privileged']], {}, [['a', false]]],
  ['the level is enforced already', [['a', 'baseline']], ours(mode('enforce', 'baseline')), [['a', false]]],
  ['enforced by another client', [['a', 'baseline']], { enforce: ['baseline', KUSTOMIZE] }, [['a', false]]],
  ['something stricter is enforced', [['a', 'baseline']], ours(mode('enforce', 'restricted')), [['a', false]]],
  ['something weaker is enforced', [['a', 'restricted']], ours(mode('enforce', 'baseline')), [['a', true]]],
  ['an older version is enforced', [['a', 'baseline']], ours(mode('enforce', 'baseline:v1.30')), [['a', true]]],
  ['a newer version is enforced', [['a', 'baseline:v1.30']], ours(mode('enforce', 'baseline')), [['a', false]]],
  [
    'a lower level of a newer version is enforced: ask',
    [['a', 'restricted:v1.30']],
    ours(mode('enforce', 'baseline')),
    [['a', true]],
  ],
  [
    'what another claim has in force is not replaced by what cannot be compared',
    [
      ['a', 'baseline'],
      ['b', 'restricted:v1.0!'],
    ],
    ours(mode('enforce', 'baseline')),
    [['a', false]],
  ],
  [
    'of claims that cannot be compared, and that are both met, none replaces the level',
    [
      ['a', 'baseline'],
      ['b', 'restricted:v1.0!'],
    ],
    ours(mode('enforce', 'restricted')),
    [],
  ],
  ['only audited: ask', [['a', 'baseline']], ours(audited('baseline')), [['a', true]]],
  [
    'several: each on its own',
    [
      ['a', 'privileged'],
      ['b', 'restricted'],
      ['c', 'baseline!'],
    ],
    {},
    [
      ['b', true],
      ['c', false],
      ['a', false],
    ],
  ],
];

for (const [what, claims, live, steps] of ladders) {
  test(`questions: ${what}`, () => {
    const given = claims.map(([policy, text]) => claim(policy, text));
    for (const list of [given, given.toReversed()]) {
      assert.equal(
        candidates(list, labelsOf(live)).map((step) => [step.claim.policy, step.ask]),
        steps,
      );
    }
  });
}

for (const [what, claims, live, wanted] of [
  ['releases nothing', [], ours(all('restricted')), all('restricted')],
  ['sets nothing', [], {}, {}],
  ['keeps what is stricter than a claim', ['baseline'], ours(all('restricted')), all('restricted')],
  ['keeps the version too', ['restricted:v1.30'], ours(all('restricted')), all('restricted')],
  ['lets a claim raise the level', ['restricted'], ours(all('baseline')), all('restricted')],
  ['keeps what cannot be compared', ['restricted:v1.30'], ours(all('baseline')), all('baseline')],
  ['keeps a label that another client owns too', [], heldBy(all('baseline'), OURS, KUSTOMIZE), all('baseline')],
  ['takes no label of another client', [], heldBy(all('baseline'), KUSTOMIZE), {}],
  [
    'keeps each mode by itself',
    [],
    ours({ ...mode('enforce', 'baseline'), ...audited('restricted') }),
    { ...mode('enforce', 'baseline'), ...audited('restricted') },
  ],
] as const) {
  test(`a policy at rest ${what}`, () => {
    const labels = labelsOf(live as Labels);
    const given = claims.map((text) => claim('a', text));
    const decision = decideLabels(given, labels, candidates(given, labels)[0]?.claim, true);
    assert.equal(decision.labels, wantedOf(wanted as Record<string, string>));
  });
}

interface Row {
  what: string;
  claims: [policy: string, text: string][];
  live: Labels;
  /** The policy whose claim may be enforced now. */
  accepted?: string;
  /** What our field manager applies, without the prefix of the keys. */
  labels: Record<string, string>;
  /** Key, value and manager of each conflict. */
  conflicts?: [key: string, value: string, manager: string][];
}

const rows: Row[] = [
  { what: 'no policy has a claim', claims: [], live: {}, labels: {} },
  { what: 'release: the last claim is gone', claims: [], live: ours(all('restricted')), labels: {} },
  { what: 'release beside another client', claims: [], live: heldBy(all('baseline'), OURS, KUSTOMIZE), labels: {} },

  { what: 'Wait, dirty: audit and warn at once', claims: [['a', 'baseline']], live: {}, labels: audited('baseline') },
  { what: 'Wait, clean', claims: [['a', 'baseline']], live: {}, accepted: 'a', labels: all('baseline') },
  { what: 'Enforce', claims: [['a', 'restricted!']], live: {}, accepted: 'a', labels: all('restricted') },
  { what: 'a version', claims: [['a', 'baseline:v1.30']], live: {}, accepted: 'a', labels: all('baseline:v1.30') },
  { what: 'privileged', claims: [['a', 'privileged']], live: {}, accepted: 'a', labels: all('privileged') },
  {
    what: 'nothing to change',
    claims: [['a', 'baseline']],
    live: ours(all('baseline')),
    accepted: 'a',
    labels: all('baseline'),
  },

  {
    what: 'two: the strictest decides',
    claims: [
      ['a', 'baseline'],
      ['b', 'restricted'],
    ],
    live: {},
    accepted: 'b',
    labels: all('restricted'),
  },
  {
    what: 'two, the stricter one waits: it is audited, the weaker one enforced',
    claims: [
      ['a', 'baseline'],
      ['b', 'restricted'],
    ],
    live: {},
    accepted: 'a',
    labels: { ...mode('enforce', 'baseline'), ...audited('restricted') },
  },
  {
    what: 'two, both wait',
    claims: [
      ['a', 'baseline'],
      ['b', 'restricted'],
    ],
    live: {},
    labels: audited('restricted'),
  },
  {
    what: 'two versions of one level',
    claims: [
      ['a', 'baseline:v1.30'],
      ['b', 'baseline:v1.9'],
    ],
    live: {},
    accepted: 'a',
    labels: all('baseline:v1.30'),
  },
  {
    what: 'a newer version waits while the older one is enforced',
    claims: [['a', 'baseline']],
    live: ours(all('baseline:v1.30')),
    labels: { ...mode('enforce', 'baseline:v1.30'), ...audited('baseline') },
  },

  {
    what: 'what we enforce is kept while something stricter waits',
    claims: [['a', 'restricted']],
    live: ours(all('baseline')),
    labels: { ...mode('enforce', 'baseline'), ...audited('restricted') },
  },
  {
    what: 'also when only something weaker may be enforced now',
    claims: [
      ['a', 'restricted'],
      ['b', 'privileged'],
    ],
    live: ours(all('baseline')),
    accepted: 'b',
    labels: { ...mode('enforce', 'baseline'), ...audited('restricted') },
  },
  {
    what: 'our own level is lowered when no policy claims it any longer',
    claims: [['a', 'baseline']],
    live: ours(all('restricted')),
    accepted: 'a',
    labels: all('baseline'),
  },
  {
    what: 'our own version is lowered too',
    claims: [['a', 'baseline:v1.30']],
    live: ours(all('baseline')),
    accepted: 'a',
    labels: all('baseline:v1.30'),
  },
  {
    what: 'our level without its version, which another client removed',
    claims: [['a', 'baseline']],
    live: ours({ enforce: 'baseline', audit: 'baseline', warn: 'baseline' }),
    accepted: 'a',
    labels: all('baseline'),
  },

  {
    what: 'a higher level of an older version does not replace what another policy has in force, in no mode',
    claims: [
      ['platform', 'baseline'],
      ['tenant', 'restricted:v1.0!'],
    ],
    live: ours(all('baseline')),
    accepted: 'platform',
    labels: all('baseline'),
  },
  {
    what: 'the only policy may replace its own level by one that cannot be compared',
    claims: [['a', 'restricted:v1.30']],
    live: ours(all('baseline')),
    accepted: 'a',
    labels: all('restricted:v1.30'),
  },
  {
    what: 'and while that waits, the enforced level stays',
    claims: [['a', 'restricted:v1.30']],
    live: ours(all('baseline')),
    labels: { ...mode('enforce', 'baseline'), ...audited('restricted:v1.30') },
  },
  {
    what: 'the level of a deleted policy stays while only it meets all claims',
    claims: [
      ['a', 'baseline'],
      ['b', 'restricted:v1.30'],
    ],
    live: ours(all('restricted')),
    labels: all('restricted'),
  },
  {
    what: 'another client enforces a lower level of a newer version: a conflict, and its label stays',
    claims: [['a', 'restricted:v1.30']],
    live: heldBy(mode('enforce', 'baseline'), KUSTOMIZE),
    accepted: 'a',
    labels: audited('restricted:v1.30'),
    conflicts: [
      ['enforce', 'baseline', KUSTOMIZE],
      ['enforce-version', 'latest', KUSTOMIZE],
    ],
  },
  {
    what: 'another client enforces a weaker level: a conflict, and audit and warn are ours',
    claims: [['a', 'restricted']],
    live: heldBy(mode('enforce', 'baseline'), KUSTOMIZE),
    accepted: 'a',
    labels: audited('restricted'),
    conflicts: [['enforce', 'baseline', KUSTOMIZE]],
  },
  {
    what: 'another client enforces a weaker and older level: both labels are named',
    claims: [['a', 'restricted']],
    live: { enforce: ['baseline', KUSTOMIZE], 'enforce-version': ['v1.30', 'kubectl-label'] },
    accepted: 'a',
    labels: audited('restricted'),
    conflicts: [
      ['enforce', 'baseline', KUSTOMIZE],
      ['enforce-version', 'v1.30', 'kubectl-label'],
    ],
  },
  {
    what: 'no conflict before it may be enforced',
    claims: [['a', 'restricted']],
    live: heldBy(mode('enforce', 'baseline'), KUSTOMIZE),
    labels: audited('restricted'),
  },
  {
    what: 'another client enforces the same: shared',
    claims: [['a', 'baseline']],
    live: heldBy(mode('enforce', 'baseline'), KUSTOMIZE),
    accepted: 'a',
    labels: all('baseline'),
  },
  {
    what: 'another client enforces a stricter level: theirs alone, and no conflict',
    claims: [['a', 'baseline']],
    live: heldBy(mode('enforce', 'restricted'), KUSTOMIZE),
    accepted: 'a',
    labels: audited('baseline'),
  },
  {
    what: 'another client audits a weaker level: a conflict, and the others are ours',
    claims: [['a', 'baseline']],
    live: heldBy(mode('audit', 'privileged'), KUSTOMIZE),
    accepted: 'a',
    labels: { ...mode('enforce', 'baseline'), ...mode('warn', 'baseline') },
    conflicts: [['audit', 'privileged', KUSTOMIZE]],
  },
  {
    what: 'a label from before managed fields belongs to another client',
    claims: [['a', 'restricted']],
    live: heldBy(mode('enforce', 'baseline')),
    accepted: 'a',
    labels: audited('restricted'),
    conflicts: [['enforce', 'baseline', 'before-first-apply']],
  },
  {
    what: 'a level that does not exist belongs to another client nevertheless',
    claims: [['a', 'baseline']],
    live: { enforce: ['strict', KUSTOMIZE] },
    accepted: 'a',
    labels: audited('baseline'),
    conflicts: [['enforce', 'strict', KUSTOMIZE]],
  },

  {
    what: 'a shared level is released when we ask for something stricter',
    claims: [['a', 'restricted']],
    live: heldBy(mode('enforce', 'baseline'), KUSTOMIZE, OURS),
    accepted: 'a',
    labels: audited('restricted'),
    conflicts: [['enforce', 'baseline', KUSTOMIZE]],
  },
  {
    what: 'a shared level is kept while we wait for something stricter',
    claims: [['a', 'restricted']],
    live: heldBy(mode('enforce', 'baseline'), KUSTOMIZE, OURS),
    labels: { ...mode('enforce', 'baseline'), ...audited('restricted') },
  },
  {
    what: 'a shared level is released when we ask for something weaker',
    claims: [['a', 'baseline']],
    live: heldBy(mode('enforce', 'restricted'), KUSTOMIZE, OURS),
    accepted: 'a',
    labels: audited('baseline'),
  },

  {
    what: 'their level without a version means latest: an older version of ours beside it would weaken it',
    claims: [['a', 'baseline:v1.30']],
    live: { enforce: ['baseline', KUSTOMIZE] },
    accepted: 'a',
    labels: audited('baseline:v1.30'),
  },
  {
    what: 'their level without a version, and latest of ours: shared',
    claims: [['a', 'baseline']],
    live: { enforce: ['baseline', KUSTOMIZE] },
    accepted: 'a',
    labels: all('baseline'),
  },
  {
    what: 'our version beside their level is released when it would become older',
    claims: [['a', 'baseline:v1.30']],
    live: { enforce: ['baseline', KUSTOMIZE, OURS], 'enforce-version': ['latest', OURS] },
    accepted: 'a',
    labels: audited('baseline:v1.30'),
  },
  {
    what: 'their version, older than ours, beside a level of ours: the level stays, the version is a conflict',
    claims: [['a', 'restricted']],
    live: { enforce: ['restricted', OURS], 'enforce-version': ['v1.30', 'kubectl-label'] },
    accepted: 'a',
    labels: { enforce: 'restricted', ...audited('restricted') },
    conflicts: [['enforce-version', 'v1.30', 'kubectl-label']],
  },
  {
    what: 'their version, newer than ours, beside a level of ours: the level stays, and no conflict',
    claims: [['a', 'restricted:v1.30']],
    live: { enforce: ['restricted', OURS], 'enforce-version': ['latest', 'kubectl-label'] },
    accepted: 'a',
    labels: { enforce: 'restricted', ...audited('restricted:v1.30') },
  },
  {
    what: 'a level of ours beside their version is lowered as far as is asked',
    claims: [['a', 'baseline:v1.9']],
    live: { enforce: ['restricted', OURS], 'enforce-version': ['v1.30', 'kubectl-label'] },
    accepted: 'a',
    labels: { enforce: 'baseline', ...audited('baseline:v1.9') },
  },
  {
    what: 'but not to less than is asked, in their older version, which is a conflict',
    claims: [['a', 'baseline']],
    live: { enforce: ['restricted', OURS], 'enforce-version': ['v1.30', 'kubectl-label'] },
    accepted: 'a',
    labels: { enforce: 'restricted', ...audited('baseline') },
    conflicts: [['enforce-version', 'v1.30', 'kubectl-label']],
  },
  {
    what: 'and it is not raised in a version that was never checked',
    claims: [['a', 'restricted:v1.30']],
    live: { enforce: ['baseline', OURS], 'enforce-version': ['latest', 'kubectl-label'] },
    accepted: 'a',
    labels: { enforce: 'baseline', ...audited('restricted:v1.30') },
    conflicts: [['enforce-version', 'latest', 'kubectl-label']],
  },
  {
    what: 'their version alone, another one than ours: nothing half',
    claims: [['a', 'restricted']],
    live: { 'enforce-version': ['v1.30', KUSTOMIZE] },
    accepted: 'a',
    labels: audited('restricted'),
    conflicts: [['enforce-version', 'v1.30', KUSTOMIZE]],
  },
  {
    what: 'their version alone, the same as ours: shared',
    claims: [['a', 'restricted:v1.30']],
    live: { 'enforce-version': ['v1.30', KUSTOMIZE] },
    accepted: 'a',
    labels: all('restricted:v1.30'),
  },
  {
    what: 'the same level with an older version of theirs',
    claims: [['a', 'baseline']],
    live: heldBy(mode('enforce', 'baseline:v1.30'), KUSTOMIZE),
    accepted: 'a',
    labels: audited('baseline'),
    conflicts: [['enforce-version', 'v1.30', KUSTOMIZE]],
  },
  {
    what: 'the same level with a newer version of theirs',
    claims: [['a', 'baseline:v1.9']],
    live: heldBy(mode('enforce', 'baseline:v1.30'), KUSTOMIZE),
    accepted: 'a',
    labels: audited('baseline:v1.9'),
  },
];

for (const { what, claims, live, accepted, labels, conflicts = [] } of rows) {
  test(`labels: ${what}`, () => {
    const given = claims.map(([policy, text]) => claim(policy, text));
    for (const list of [given, given.toReversed()]) {
      const decision = decideLabels(
        list,
        labelsOf(live),
        list.find((c) => c.policy === accepted),
      );
      assert.equal(decision.labels, wantedOf(labels));
      assert.equal(
        decision.conflicts.map((c) => [c.label, c.value, c.manager]),
        conflicts.map(([key, value, manager]) => [`pod-security.kubernetes.io/${key}`, value, manager]),
      );
      assert.equal(
        decision.conflicts.map((c) => c.mode),
        conflicts.map(([key]) => key.replace('-version', '')),
      );
    }
  });
}

test('our field manager owns its own labels and shared ones', () => {
  assert.equal(
    ownedLabels(
      labelsOf({
        enforce: ['baseline', OURS],
        audit: ['restricted', KUSTOMIZE, OURS],
        warn: ['restricted', KUSTOMIZE],
        'warn-version': ['latest'],
      }),
    ),
    wantedOf({ enforce: 'baseline', audit: 'restricted' }),
  );
});

test.run();
