import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';

interface Schema {
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
}

interface Definition {
  metadata: { name: string };
  spec: { versions: { schema: { openAPIV3Schema: Schema } }[] };
}

interface Installed {
  status: { conditions: { type: string; status: string; message: string }[] };
}

const directory = join(import.meta.dirname, '../../../crds');
const files = (await readdir(directory)).filter((file) => file.endsWith('.palisade.dev.yaml'));
const definitions = await Promise.all(
  files.map(async (file) => parse(await readFile(join(directory, file), 'utf8')) as Definition),
);
const palisade = await Palisade.open();
test.after(() => palisade.close());

/** Paths of the fields without a description. */
const silent = (schema: Schema, path: string): string[] => [
  ...(schema.description === undefined ? [path] : []),
  ...Object.entries(schema.properties ?? {}).flatMap(([key, child]) => silent(child, `${path}.${key}`)),
  ...Object.entries(schema.items?.properties ?? {}).flatMap(([key, child]) => silent(child, `${path}[].${key}`)),
];

test('each kind has one definition', () => {
  assert.equal(definitions.map(({ metadata }) => metadata.name).sort(), [
    'containersecuritypolicies.security.palisade.dev',
    'imagescans.security.palisade.dev',
  ]);
});

for (const { metadata, spec } of definitions) {
  test(`kubectl explain describes every field of ${metadata.name}`, () => {
    const { properties = {} } = spec.versions[0]?.schema.openAPIV3Schema ?? {};
    assert.equal([...silent(properties.spec ?? {}, 'spec'), ...silent(properties.status ?? {}, 'status')], []);
  });

  test(`the API server reports no problem with ${metadata.name}`, async () => {
    const { status } = await palisade.admin.get<Installed>(KINDS.CustomResourceDefinition, metadata.name);
    const bad = status.conditions.filter(
      (c) => c.type === 'NonStructuralSchema' || (c.type === 'NamesAccepted' && c.status !== 'True'),
    );
    assert.equal(bad, []);
  });
}

test.run();
