import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Definition, flagsPage, kindPage, metricsPage } from '../../hack/reference.ts';

const definition: Definition = {
  spec: {
    names: { kind: 'Thing', shortNames: ['th'] },
    versions: [
      {
        name: 'v1',
        storage: true,
        schema: {
          openAPIV3Schema: {
            properties: {
              spec: {
                required: ['list'],
                properties: {
                  list: {
                    type: 'array',
                    maxItems: 4,
                    items: { type: 'object', properties: { mode: { type: 'string', enum: ['A', 'B'], default: 'A' } } },
                    description: 'One | two\nlines.',
                  },
                  names: {
                    type: 'array',
                    minItems: 1,
                    maxItems: 2,
                    items: { type: 'string', minLength: 1, maxLength: 63, pattern: '^(a|b)$' },
                  },
                },
              },
            },
          },
        },
        additionalPrinterColumns: [
          { name: 'MODE', type: 'string', jsonPath: '.spec.list', priority: 1, description: 'the mode' },
        ],
      },
    ],
  },
};

test('a page of a kind has its fields, columns and reasons', () => {
  const page = kindPage(definition, { Good: { state: 'Ready', meaning: 'all is well' } }, 'crds/things.yaml');
  for (const line of [
    '# Thing',
    'Version `v1`, short name `th`.',
    '| `spec.list` | list of object | required; at most 4 items | One \\| two lines. |',
    '| `spec.list[].mode` | `A`, `B` | default `"A"` |  |',
    '| `spec.names` | list of string | 1 to 2 items; each 1 to 63 characters, matches `^(a\\|b)$` |  |',
    '| MODE | `.spec.list` | yes | the mode |',
    '| `Good` | Ready | all is well |  |',
  ])
    assert.ok(page.split('\n').includes(line), `${line}\nis not in\n${page}`);
});

test('the page of flags has a row for each', () => {
  const setting = {
    flag: 'size',
    variable: 'PALISADE_SIZE',
    argument: 'size',
    default: '2Gi',
    description: 'limit',
    parse: String,
  };
  assert.match(flagsPage([setting]), '| `--size` | `PALISADE_SIZE` | 2Gi | limit |');
});

test('the page of metrics has a row for each, by name', () => {
  const page = metricsPage([
    { name: 'b_total', type: 'counter', help: 'Bs', labelNames: ['kind', 'code'] },
    { name: 'a', type: 'gauge', help: 'As', labelNames: [] },
  ]);
  assert.match(page, '| `a` | gauge |  | As |\n| `b_total` | counter | `kind`, `code` | Bs |\n');
});

test.run();
