/** What a value must be, in words. */
import { code, prose } from './markdown.ts';
import type { Rule, Schema } from './schema.ts';

export const typeOf = (schema: Schema): string => {
  if (schema['x-kubernetes-int-or-string']) return 'integer or string';
  if (schema.type === 'array') return `list of ${schema.items === undefined ? 'values' : typeOf(schema.items)}`;
  if (schema.enum !== undefined) return schema.enum.map((value) => code(String(value))).join(', ');
  if (typeof schema.additionalProperties === 'object') return `map of ${typeOf(schema.additionalProperties)}`;
  return schema.format === 'date-time' ? 'time (RFC 3339)' : (schema.type ?? 'any');
};

const range = (min: number | undefined, max: number | undefined, unit = ''): string[] => {
  if (min !== undefined && max !== undefined) return [`${min} to ${max}${unit}`];
  if (min !== undefined) return [`at least ${min}${unit}`];
  return max === undefined ? [] : [`at most ${max}${unit}`];
};

const uniqueness = (schema: Schema): string[] => {
  if (schema['x-kubernetes-list-type'] === 'set') return ['no item twice'];
  const keys = schema['x-kubernetes-list-map-keys'];
  return keys === undefined ? [] : [`one item for each ${keys.map(code).join(', ')}`];
};

const ownBounds = (schema: Schema): string[] => [
  ...range(schema.minimum, schema.maximum),
  ...range(schema.minLength, schema.maxLength, ' characters'),
  ...range(schema.minItems, schema.maxItems, ' items'),
  ...range(undefined, schema.maxProperties, ' entries'),
  ...uniqueness(schema),
  ...(schema.pattern === undefined ? [] : [`matches ${code(schema.pattern)}`]),
];

/** The schema of the items of a list, or of the values of a map. */
export const entriesOf = ({ items, additionalProperties }: Schema): Schema | undefined =>
  items ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);

/** Bounds of a field, and of the entries of a list or map. */
export const boundsOf = (schema: Schema): string[] => {
  const entries = entriesOf(schema);
  const each = entries === undefined ? [] : ownBounds(entries);
  return [...ownBounds(schema), ...(each.length === 0 ? [] : [`each ${each.join(', ')}`])];
};

/** The text of a CEL expression that joins strings and fields: `'"' + self.cidr + '" is not'` gives `"<cidr>" is not`. */
const expressionText = (expression: string): string =>
  [...expression.matchAll(/'((?:[^'\\]|\\.)*)'|self\.(\w+)/g)]
    .map(([, literal, field]) => (field === undefined ? (literal ?? '').replaceAll(/\\(.)/g, '$1') : `<${field}>`))
    .join('');

/** The answer of the API server to a value that breaks a rule. */
const answerOf = ({ rule, message, messageExpression }: Rule): string =>
  prose(message ?? (messageExpression === undefined ? `failed rule: ${rule}` : expressionText(messageExpression)));

const fieldOf = (name: string | undefined, { fieldPath = '' }: Rule): string =>
  [name, fieldPath.replace(/^\./, '')].filter(Boolean).join('.');

/** The rules of a schema. @param name of the field; undefined: of the object that is described */
export const rulesOf = (schema: Schema, name?: string): string[] =>
  (schema['x-kubernetes-validations'] ?? []).map((rule) => {
    const field = fieldOf(name, rule);
    return `${field === '' ? '' : `${code(field)}: `}${answerOf(rule)}`;
  });
