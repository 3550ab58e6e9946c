import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Definition, flagsPage, kindPage } from '../../hack/reference.ts';

const definition: Definition = {
  spec: {
    names: { kind: 'Thing', shortNames: ['th'] },
    versions: [
      {
        name: 'v1',
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
                },
              },
            },
          },
        },
        additionalPrinterColumns: [{ name: 'MODE', type: 'string', jsonPath: '.spec.list', priority: 1 }],
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
    '| MODE | `.spec.list` | yes |',
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

test.run();
