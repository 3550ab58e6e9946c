import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { prose } from '../../../hack/reference/markdown.ts';
import type { Definition, Rule, Schema } from '../../../hack/reference/schema.ts';

const root = join(import.meta.dirname, '../../..');

/** A schema and all schemas in it. */
const everySchema = (schema: Schema): Schema[] => {
  const { properties = {}, items, additionalProperties } = schema;
  const values = typeof additionalProperties === 'object' ? [additionalProperties] : [];
  return [schema, ...[...Object.values(properties), ...(items ? [items] : []), ...values].flatMap(everySchema)];
};

const schemasOf = (plural: string): Schema[] => {
  const text = readFileSync(join(root, `crds/${plural}.security.palisade.dev.yaml`), 'utf8');
  return (parse(text) as Definition).spec.versions.flatMap(({ schema }) => everySchema(schema.openAPIV3Schema));
};

const textOf = ({ message, messageExpression = '' }: Rule): string =>
  // Of an expression, its last literal.
  prose(message ?? /'([^']*)'$/.exec(messageExpression)?.[1]?.replace(/^\\?"/, '') ?? messageExpression);

for (const [plural, page] of [
  ['containersecuritypolicies', 'containersecuritypolicy'],
  ['imagescans', 'imagescan'],
] as const) {
  const text = readFileSync(join(root, `docs/reference/${page}.md`), 'utf8');
  const schemas = schemasOf(plural);
  const fields = ['spec', 'status'].flatMap((part) =>
    schemas.flatMap(({ properties = {} }) => (properties[part] ? everySchema(properties[part]) : [])),
  );

  test(`the page of ${plural} has every CEL rule`, () => {
    const rules = schemas.flatMap((schema) => schema['x-kubernetes-validations'] ?? []);
    assert.ok(rules.length > 0);
    assert.equal(
      rules.map(textOf).filter((rule) => !text.includes(rule)),
      [],
    );
  });

  test(`the page of ${plural} has every field, pattern and enumeration`, () => {
    const names = fields.flatMap(({ properties = {} }) => Object.keys(properties));
    const wanted = [
      ...names.map((name) => `\`${name}\``),
      ...fields.flatMap(({ pattern }) => (pattern === undefined ? [] : [`\`${pattern}\``])),
      ...fields.flatMap((schema) => (schema.enum === undefined ? [] : [schema.enum.map((v) => `\`${v}\``).join(', ')])),
    ];
    assert.equal(
      wanted.filter((one) => !text.includes(one)),
      [],
    );
  });
}

test.run();
