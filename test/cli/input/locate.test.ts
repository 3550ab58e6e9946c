import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { locate } from '../../../src/cli/input/locate.ts';

const TEXT = `---
# nothing
---
kind: List
items:
  - spec:
      rules:
        - {description: one}
        - &two
          description: two
      more: *two
`;

for (const [path, line, column] of [
  [[], 4, 1],
  [['items', 0, 'spec'], 6, 5],
  [['items', 0, 'spec', 'rules', 1], 10, 11],
  [['items', 0, 'spec', 'rules', 0, 'description'], 8, 12],
  [['items', 0, 'spec', 'more', 'description'], 10, 11],
  [['items', 0, 'spec', 'absent', 'field'], 6, 5],
  [['items', 7], 5, 1],
] as const) {
  test(`${path.join('.')} is at ${line}:${column}`, () => {
    assert.equal(locate(TEXT, 0, path), { line, column });
  });
}

test.run();
