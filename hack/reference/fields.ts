/** The fields of a kind: one section for each object of the schema. */
import { boundsOf, entriesOf, rulesOf, typeOf } from './bounds.ts';
import { anchorOf, code, list, prose, table } from './markdown.ts';
import type { Schema } from './schema.ts';

/** An object of the schema, and where it stands: fields that are shared, as by YAML aliases, are described once. */
interface ObjectSchema {
  readonly paths: string[];
  readonly schema: Schema;
  /** Of the list whose items it describes, else its own. */
  readonly description: string;
}

/** The object that a field holds, as itself or as items of a list. */
const objectIn = (field: Schema): Schema | undefined => [field, field.items].find((schema) => schema?.properties);

/** By the fields of each object. */
type Found = Map<Schema['properties'], ObjectSchema>;

const collect = (path: string, field: Schema, found: Found): void => {
  const schema = objectIn(field);
  if (schema === undefined) return;
  const at = schema === field ? path : `${path}[]`;
  const known = found.get(schema.properties);
  if (known !== undefined) {
    known.paths.push(at);
    return;
  }
  found.set(schema.properties, { paths: [at], schema, description: field.description ?? '' });
  for (const [name, part] of Object.entries(schema.properties ?? {})) collect(`${at}.${name}`, part, found);
};

const firstSentence = (text: string): string => /^.*?\.(?= [A-Z{]|$)/s.exec(text)?.[0] ?? text;

const defaultOf = (name: string, field: Schema, required: readonly string[]): string => {
  if (required.includes(name)) return 'required';
  return field.default === undefined ? '' : code(JSON.stringify(field.default));
};

const fieldTable = ({ properties = {}, required = [] }: Schema, found: Found): string =>
  table(
    ['field', 'type', 'default', 'description'],
    Object.entries(properties).map(([name, field]) => {
      const object = objectIn(field);
      const place = object && found.get(object.properties)?.paths[0];
      const description = prose(field.description ?? '');
      return [
        place === undefined ? code(name) : `[${code(name)}](#${anchorOf(place)})`,
        typeOf(field),
        defaultOf(name, field, required),
        place === undefined ? description : firstSentence(description),
      ];
    }),
  );

const limitsOf = ({ properties = {} }: Schema): string[] =>
  Object.entries(properties).flatMap(([name, field]) => {
    const bounds = boundsOf(field);
    return bounds.length === 0 ? [] : [`${code(name)}: ${bounds.join('; ')}`];
  });

/** Those of the object, and those of its fields that have no section of their own. */
const rulesIn = (schema: Schema): string[] => [
  ...rulesOf(schema),
  ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const entries = entriesOf(field);
    if (objectIn(field) === field) return [];
    return [
      ...rulesOf(field, name),
      ...(entries === undefined || objectIn(field) !== undefined ? [] : rulesOf(entries, `${name}[]`)),
    ];
  }),
];

const titled = (title: string, items: readonly string[]): string[] =>
  items.length === 0 ? [] : [`${title}:\n\n${list(items)}`];

const headingOf = (path: string): string => {
  const depth = path.split('.').length;
  return `${'#'.repeat(Math.min(depth + 1, 4))} ${path}`;
};

/** Blocks of Markdown about `spec` or `status`. */
export const fieldSections = (name: string, schema: Schema): string[] => {
  const found = new Map<Schema['properties'], ObjectSchema>();
  collect(name, schema, found);
  return [...found.values()].flatMap(({ paths: [path = '', ...others], schema: object, description }) => [
    headingOf(path),
    prose(description),
    ...(others.length === 0 ? [] : [`The same fields have ${others.map(code).join(', ')}.`]),
    fieldTable(object, found),
    ...titled('Limits', limitsOf(object)),
    ...titled('Rules', rulesIn(object)),
  ]);
};
