import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ENVIRONMENT_VARIABLES } from '../../../hack/reference/environment.ts';

const src = join(import.meta.dirname, '../../../src');

test('the table of environment variables has the variables that src reads, and no other', () => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const code = files.map((file) => readFileSync(join(src, file), 'utf8')).join('\n');
  const read = [...code.matchAll(/\b(?:env|environment)\.([A-Z][A-Z_]+)\b/g)].map(([, name = '']) => name);
  // Read by Node itself.
  assert.equal(Object.keys(ENVIRONMENT_VARIABLES).sort(), [...new Set([...read, 'NODE_EXTRA_CA_CERTS'])].sort());
});

test.run();
