import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kindPage } from '../../../hack/reference/kind-page.ts';
import type { Definition, Schema } from '../../../hack/reference/schema.ts';

/** One object in two places, as YAML aliases give. */
const shared: Schema = {
  type: 'object',
  description: 'A part. Of two things.',
  properties: { size: { type: 'integer', minimum: 1, maximum: 9 } },
};

const definition: Definition = {
  spec: {
    names: { kind: 'Thing', shortNames: ['th'] },
    versions: [
      {
        name: 'v1',
        storage: true,
        schema: {
          openAPIV3Schema: {
            description: 'A Thing does things.',
            'x-kubernetes-validations': [{ rule: 'r', message: 'the name is short' }],
            properties: {
              spec: {
                description: 'Desired state.',
                required: ['list'],
                properties: {
                  list: {
                    type: 'array',
                    maxItems: 4,
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['mode'],
                    'x-kubernetes-validations': [{ rule: 'r', message: 'not *all*' }],
                    items: {
                      type: 'object',
                      properties: { mode: { type: 'string', enum: ['A', 'B'], default: 'A' }, part: shared },
                      'x-kubernetes-validations': [
                        { rule: 'r', message: 'a part needs a mode' },
                        {
                          rule: 'r',
                          fieldPath: '.mode',
                          messageExpression: "'\"' + self.mode + '\" isn\\'t a mode'",
                        },
                      ],
                    },
                    description: 'One | two\nlines, <as> in 1.5. And more.',
                  },
                  names: {
                    type: 'array',
                    minItems: 1,
                    maxItems: 2,
                    'x-kubernetes-list-type': 'set',
                    items: {
                      type: 'string',
                      minLength: 1,
                      maxLength: 63,
                      pattern: '^(a|b)$',
                      'x-kubernetes-validations': [{ rule: 'r', message: 'write a name' }],
                    },
                  },
                  part: shared,
                },
              },
              status: { description: 'Observed state.', properties: { phase: { type: 'string' } } },
            },
          },
        },
        additionalPrinterColumns: [
          { name: 'Mode', type: 'string', jsonPath: '.spec.list', description: 'the mode' },
          { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 1 },
        ],
      },
    ],
  },
};

const SAME = { state: 'Reconciling', meaning: 'try again' } as const;

const text = kindPage(
  definition,
  {
    Ready: { meaning: 'all is well', reasons: ['Good', 'Bad'] },
    OneReady: { meaning: 'one is well', reasons: ['Good', 'Bad'] },
    TwoReady: { meaning: 'two is well', reasons: ['Good', 'Busy', 'Slow'] },
  },
  {
    Good: { state: 'Ready', meaning: 'well' },
    Busy: SAME,
    Slow: SAME,
    Bad: { state: 'Stalled', meaning: 'ill', cure: 'rest' },
  },
  'crds/things.yaml',
);

const blocks: [what: string, block: string][] = [
  ['the kind', '# Thing'],
  ['its description', 'A Thing does things.'],
  ['its version', 'Version `v1`, short name `th`.'],
  ['rules of the whole object', 'Rules:\n\n- the name is short'],
  [
    'a table of fields, with links to objects and the first sentence about them',
    `## spec

Desired state.

| field | type | default | description |
| --- | --- | --- | --- |
| [\`list\`](#speclist) | list of object | required | One \\| two lines, \\<as> in 1.5. |
| \`names\` | list of string |  |  |
| [\`part\`](#speclistpart) | object |  | A part. |`,
  ],
  [
    'limits of fields and of their items, whose pattern may have a bar',
    `Limits:

- \`list\`: at most 4 items; one item for each \`mode\`
- \`names\`: 1 to 2 items; no item twice; each 1 to 63 characters, matches \`^(a|b)$\``,
  ],
  [
    'rules of fields and of their items',
    `Rules:

- \`list\`: not \\*all\\*
- \`names[]\`: write a name`,
  ],
  [
    'the items of a list, with their rules, also those whose message is an expression',
    `### spec.list[]

One | two lines, \\<as> in 1.5. And more.

| field | type | default | description |
| --- | --- | --- | --- |
| \`mode\` | \`A\`, \`B\` | \`"A"\` |  |
| [\`part\`](#speclistpart) | object |  | A part. |

Rules:

- a part needs a mode
- \`mode\`: "\\<mode>" isn't a mode`,
  ],
  [
    'an object that stands in two places, once',
    `#### spec.list[].part

A part. Of two things.

The same fields have \`spec.part\`.

| field | type | default | description |
| --- | --- | --- | --- |
| \`size\` | integer |  |  |

Limits:

- \`size\`: 1 to 9`,
  ],
  ['the status', '## status\n\nObserved state.'],
  [
    'columns, wide ones apart',
    `| column | shows | description |
| --- | --- | --- |
| MODE | \`.spec.list\` | the mode |

With \`-o wide\` also:

| column | shows | description |
| --- | --- | --- |
| PHASE | \`.status.phase\` |  |`,
  ],
  [
    'a condition with its reasons by state',
    '### Ready\n\nTrue: all is well.\n\n- Ready: [Good](#reason-good)\n- Stalled: [Bad](#reason-bad)',
  ],
  [
    'a section, without the reasons of every section',
    '### TwoReady\n\nTrue: two is well.\n\n- Reconciling: [Busy](#reason-busy), [Slow](#reason-slow)\n- [Those of every section](#every-section)',
  ],
  [
    'the reasons of every section',
    '### Every section\n\nReasons of the condition of each section:\n\n- Ready: [Good](#reason-good)',
  ],
  [
    'reasons that mean the same in one row',
    `### Reasons of state Reconciling

The operator continues without help.

| reason | meaning | cure |
| --- | --- | --- |
| <a id="reason-busy"></a>\`Busy\`<br><a id="reason-slow"></a>\`Slow\` | try again |  |`,
  ],
  ['cures', '| <a id="reason-bad"></a>`Bad` | ill | rest |'],
];

for (const [what, block] of blocks) {
  test(`the page of a kind has ${what}`, () =>
    assert.ok(`\n${text}\n`.includes(`\n${block}\n`), `${block}\nis not in\n${text}`));
}

test('a condition of one state has a reason that usually means another state last, without that state', () => {
  const reasons = {
    Slow: { state: 'Reconciling', meaning: 'slow' },
    Bad: { state: 'Stalled', meaning: 'ill' },
  } as const;
  const conditions = { Stalled: { meaning: 'ill', reasons: ['Slow', 'Bad'] } };
  const page = kindPage(definition, conditions, reasons, 'crds/things.yaml');
  assert.match(
    page,
    '\n- Stalled: [Bad](#reason-bad)\n- also [Slow](#reason-slow), in the case that its meaning names\n',
  );
});

test('a condition with every reason of a state has one link for all of them', () => {
  const names = ['A', 'B', 'C', 'D', 'E', 'F'];
  const reasons = Object.fromEntries(names.map((name) => [name, { state: 'Stalled', meaning: name } as const]));
  const page = kindPage(definition, { Stalled: { meaning: 'ill', reasons: names } }, reasons, 'crds/things.yaml');
  assert.match(page, '\n- Stalled: [every reason](#reasons-of-state-stalled)\n');
  assert.not.match(page, 'Every section');
});

test.run();
